// How far port requests are: progress, counts, what happened, what was said.
#include <algorithm>

#include "warp/porting/faults.h"

#include "formats.h"
#include "port_view.h"
#include "port_work.h"

namespace warp::api {
namespace {

// As the provider has it now.
boost::asio::awaitable<Outcome<store::PortView>> looked_at(Services& services, Call call) {
  auto view = co_await find_port(services, call);
  if (!view) co_return view.error();
  if (view->numbers.empty()) co_return std::move(*view);
  domain::PortWish wish;
  auto looking = do_port(services, call, std::move(*view), domain::PortAction::Look, wish, store::PortDeed{});
  co_return co_await std::move(looking);
}

std::string stage_of(const PortCounts& counts) {
  if (counts.total == 0) return "DRAFT";
  if (counts.activated + counts.cancelled + counts.failed == counts.total) return "COMPLETE";
  if (counts.activated > 0 || counts.activatable > 0) return "ACTIVATION";
  if (counts.submitted > 0) return "CARRIER";
  if (counts.error > 0) return "CORRECTION";
  return counts.pending > 0 ? "VALIDATION" : "SUBMISSION";
}

// Every number's way has six steps: valid, submitted, confirmed, due, ready, over.
std::uint64_t percent(const store::PortView& view) {
  if (view.numbers.empty()) return 0;
  std::uint64_t steps = 0;
  for (const auto& row : view.numbers) {
    using enum porting::State;
    const auto state = state_of(row);
    if (porting::is_final(state))
      steps += 6;
    else if (state == ReadyForActivation || state == Activating)
      steps += 5;
    else if (state == AwaitingDueDate)
      steps += 4;
    else if (state == FocReceived)
      steps += 3;
    else if (!porting::before_submission(state))
      steps += 2;
    else if (state == ReadyForSubmission)
      steps += 1;
  }
  return steps * 100 / (6 * view.numbers.size());
}

Json show_event(const store::PortEvent& event) {
  Json out;
  out["id"] = std::to_string(event.id);
  out["action"] = event.action;
  out["actor"] = event.actor;
  out["details"] = parse_json(event.details).value_or(Json::object());
  out["created_at"] = timestamp(event.created_at);
  return out;
}

Json progress_statistics(const PortCounts& counts) {
  const auto processed = counts.total - std::min(counts.total, counts.pending);
  Json out;
  out["total_tns"] = counts.total;
  out["processed_tns"] = processed;
  out["valid_tns"] = counts.valid;
  out["error_tns"] = counts.error;
  out["pending_tns"] = counts.pending;
  out["submitted_tns"] = counts.submitted;
  out["activated_tns"] = counts.activated;
  out["cancelled_tns"] = counts.cancelled;
  out["processing_rate"] = 0;
  out["success_rate"] =
      processed == 0 ? 0 : (processed - std::min(processed, counts.error)) * 100 / processed;
  return out;
}

Answer progress(Services& services, Call call) {
  if (!services.ports.porting) co_return no_gateway("desk for port requests");
  const auto view = co_await looked_at(services, call);
  if (!view) co_return view.error();
  store::PortRepository repository(services.pool);
  const auto events = co_await repository.history(call.actor(), view->request.id);
  if (!events) co_return from_store(events.error(), "port request");
  const auto counts = count(*view);
  Reply reply;
  auto& data = reply.data;
  data["project_id"] =
      view->request.project_id.empty() ? view->request.id.to_string() : view->request.project_id;
  data["project_name"] = view->request.name;
  data["current_stage"] = stage_of(counts);
  data["progress_percentage"] = percent(*view);
  data["stage_message"] =
      std::to_string(counts.activated) + " of " + std::to_string(counts.total) + " numbers are activated.";
  data["statistics"] = progress_statistics(counts);
  Json estimated;
  for (const auto& row : view->numbers)
    if (!row.number.foc_date.empty() && (estimated.is_null() || estimated < Json(row.number.foc_date)))
      estimated = row.number.foc_date;
  data["estimated_completion_time"] = estimated;
  data["recent_events"] = Json::array();
  for (std::size_t i = 0; i < std::min<std::size_t>(events->size(), 10); ++i)
    data["recent_events"].push_back(show_event((*events)[i]));
  data["error_summary"] = Json::object();
  for (const auto& group : porting::group_faults(view->project().numbers))
    data["error_summary"][group.code] = group.count;
  data["batch_operations"] = Json::array();
  data["activatable"] = counts.activatable;
  data["tns"] = Json::array();
  for (const auto& row : view->numbers) {
    Json one;
    one["tn"] = shown_number(row.number.e164);
    one["lifecycle_state"] = row.number.state;
    one["foc_date"] = row.number.foc_date.empty() ? Json() : Json(row.number.foc_date);
    data["tns"].push_back(std::move(one));
  }
  co_return reply;
}

Answer statistics(Services& services, Call call) {
  if (!services.ports.porting) co_return no_gateway("desk for port requests");
  const auto view = co_await looked_at(services, call);
  if (!view) co_return view.error();
  co_return reply_with(show_statistics(count(*view)));
}

Answer history(Services& services, Call call) {
  store::PortRepository repository(services.pool);
  const auto request = co_await repository.get(call.actor(), call.uuid("request_id"));
  if (!request) co_return from_store(request.error(), "port request");
  const auto events = co_await repository.history(call.actor(), request->id);
  if (!events) co_return from_store(events.error(), "port request");
  co_return list_reply(*events, [](const auto& event) { return show_event(event); });
}

Json show_note(const store::PortNote& note) {
  Json out;
  out["id"] = note.id.to_string();
  out["body"] = note.body;
  out["visibility"] = note.visibility;
  out["author"] = note.author;
  out["created_at"] = timestamp(note.created_at);
  return out;
}

// Internal notes are an operator's, also while it acts for a customer: the tenant's scope would hide them.
store::Actor reader(const Call& call) {
  return call.principal().is_operator() ? call.as_operator() : call.actor();
}

Answer notes(Services& services, Call call) {
  store::PortRepository repository(services.pool);
  const auto request = co_await repository.get(call.actor(), call.uuid("request_id"));
  if (!request) co_return from_store(request.error(), "port request");
  const auto found = co_await repository.notes(reader(call), request->id);
  if (!found) co_return from_store(found.error(), "note");
  co_return list_reply(*found, [](const auto& note) { return show_note(note); });
}

Answer add_note(Services& services, Call call) {
  const auto visibility = take<std::string>(call.body, "visibility").value_or("customer");
  if (visibility == "internal" && !call.principal().is_operator())
    co_return Failure{ErrorCode::Forbidden, "Only operators write internal notes."};
  store::PortRepository repository(services.pool);
  const auto request = co_await repository.get(call.actor(), call.uuid("request_id"));
  if (!request) co_return from_store(request.error(), "port request");
  const auto made = co_await repository.add_note(reader(call), request->id,
                                                 call.body["body"].get<std::string>(), visibility);
  if (!made) co_return from_store(made.error(), "note");
  co_return reply_with(show_note(*made), 201);
}

Schema note_schema() {
  return {"PortNote",
          {uuid("id"), text("body"), text("visibility").one_of({"customer", "internal"}), text("author"),
           instant("created_at")}};
}

Endpoint reading(Services& services, const char* path, const char* summary, Operation operation) {
  Endpoint out;
  out.path = kPortPath + path;
  out.summary = summary;
  out.tag = kPortingTag;
  out.action = act(services, operation);
  out.scope = "porting:read";
  out.of_customer = true;
  out.errors = {ErrorCode::NotFound};
  out.etag = false;
  return out;
}

}  // namespace

void add_port_tracking(EndpointTable& table, Services& services) {
  auto how = reading(services, "/progress", "How far it is, as the provider says now", progress);
  how.answer = {
      "PortProgress",
      {text("project_id"), text("project_name"), text("current_stage"), integer("progress_percentage"),
       text("stage_message"), free_object("statistics"), date("estimated_completion_time").or_null(),
       list("recent_events", free_object("")), free_object("error_summary"),
       list("batch_operations", free_object("")), integer("activatable"), list("tns", free_object(""))}};
  how.errors = {ErrorCode::NotFound, ErrorCode::TniqError, ErrorCode::GatewayUnavailable};
  table.push_back(std::move(how));
  auto counted = reading(services, "/statistics", "Numbers by state, as the provider says now", statistics);
  counted.answer = {"PortStatistics", statistics_fields()};
  counted.errors = {ErrorCode::NotFound, ErrorCode::TniqError, ErrorCode::GatewayUnavailable};
  table.push_back(std::move(counted));
  auto trail = reading(services, "/history", "What happened, newest first", history);
  trail.answer_kind = AnswerKind::List;
  trail.answer = {"PortEvent",
                  {text("id"), text("action"), text("actor"), free_object("details"), instant("created_at")}};
  table.push_back(std::move(trail));
  auto said = reading(services, "/notes", "Notes, newest first", notes);
  said.answer_kind = AnswerKind::List;
  said.answer = note_schema();
  table.push_back(std::move(said));
  table.push_back({.method = http::Method::Post,
                   .path = kPortPath + "/notes",
                   .summary = "Write a note",
                   .tag = kPortingTag,
                   .action = act(services, add_note),
                   .scope = "porting:write",
                   .of_customer = true,
                   .body_kind = BodyKind::Json,
                   .body = {"NewPortNote",
                            {text("body", 8192).between(1, 8192).needed(),
                             text("visibility").one_of({"customer", "internal"})}},
                   .answer = note_schema(),
                   .status = 201,
                   .errors = {ErrorCode::NotFound}});
}

}  // namespace warp::api
