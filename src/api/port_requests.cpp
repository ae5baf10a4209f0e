// /porting/…: port requests from the first list of numbers to their activation.
#include <algorithm>

#include "warp/porting/faults.h"
#include "warp/porting/tn_list.h"

#include "formats.h"
#include "port_view.h"
#include "port_work.h"

namespace warp::api {
namespace {

using domain::PortAction;
using domain::PortNumber;
using Numbers = std::vector<PortNumber>;

Json shown_tns(const std::vector<std::string>& numbers) {
  auto out = Json::array();
  for (const auto& e164 : numbers)
    out.push_back(shown_number(e164));
  return out;
}

Answer list_requests(Services& services, Call call) {
  store::PortRepository repository(services.pool);
  const auto found = co_await repository.list(call.actor(), call.customer());
  if (!found) co_return from_store(found.error(), "port request");
  co_return list_reply(*found, [](const auto& request) { return show_request(request); });
}

Answer create_request(Services& services, Call call) {
  auto* port = services.ports.porting;
  if (!port) co_return no_gateway("desk for port requests");
  domain::PortProject project;
  project.customer = *call.customer();
  project.name = take<std::string>(call.body, "name").value_or("");
  project.due_date = take<std::string>(call.body, "desired_due_date").value_or("");
  auto start = [port, project](domain::PortDone<std::string> done) {
    port->create(project, std::move(done));
  };
  auto asking = ask_port<std::string>(std::move(start));
  const auto id = co_await std::move(asking);
  if (!id) co_return from_port(id.error(), "port request");
  store::PortRepository repository(services.pool);
  const auto made = co_await repository.create(call.actor(), project.customer, project.name,
                                               take<std::string>(call.body, "desired_due_date"),
                                               std::string(port->name()), *id);
  if (!made) co_return from_store(made.error(), "port request");
  co_return reply_with(show_request(*made), 201);
}

// What has become of it meanwhile. A provider that is away leaves what is known here.
Answer get_request(Services& services, Call call) {
  auto view = co_await find_port(services, call);
  if (!view) co_return view.error();
  Reply reply;
  const bool open = std::any_of(view->numbers.begin(), view->numbers.end(), [](const auto& row) {
    return porting::is_pending(state_of(row)) || state_of(row) == porting::State::Validating;
  });
  if (open && services.ports.porting) {
    domain::PortWish wish;
    auto looking = do_port(services, call, *view, PortAction::Look, wish, store::PortDeed{});
    auto now = co_await std::move(looking);
    if (now)
      *view = std::move(*now);
    else
      reply.warning = "The provider could not be asked: this is what was known before.";
  }
  reply.data = show_port(*view);
  co_return reply;
}

Answer delete_request(Services& services, Call call) {
  auto view = co_await find_port(services, call);
  if (!view) co_return view.error();
  for (const auto& row : view->numbers)
    if (!porting::before_submission(state_of(row)))
      co_return port_conflict("already_submitted", "A number of it was submitted: cancel it instead.");
  auto* port = services.ports.porting;
  if (!port) co_return no_gateway("desk for port requests");
  auto start = [port, project = view->project()](domain::PortDone<bool> done) {
    port->remove(project, std::move(done));
  };
  auto asking = ask_port<bool>(std::move(start));
  const auto gone = co_await std::move(asking);
  if (!gone && gone.error().kind != domain::PortError::Kind::NotFound)
    co_return from_port(gone.error(), "port request");
  store::PortRepository repository(services.pool);
  const auto removed = co_await repository.remove(call.actor(), view->request.id);
  if (!removed) co_return from_store(removed.error(), "port request");
  co_return no_content();
}

Answer add_port_numbers(Services& services, Call call) {
  auto view = co_await find_port(services, call);
  if (!view) co_return view.error();
  std::vector<std::string> texts;
  for (const auto& one : call.body["tns"])
    texts.push_back(one.get<std::string>());
  const auto read = porting::read_tns(texts);
  auto numbers = numbers_in_list(call.body["tns"]);
  if (!numbers) co_return numbers.error();
  auto* port = services.ports.porting;
  if (!port) co_return no_gateway("desk for port requests");
  for (const auto& row : view->numbers)
    if (!porting::before_submission(state_of(row)))
      co_return port_conflict("already_submitted", "The request was submitted: make another one.");
  auto start = [port, project = view->project(), tns = *numbers](domain::PortDone<Numbers> done) {
    port->add(project, tns, std::move(done));
  };
  auto asking = ask_port<Numbers>(std::move(start));
  auto said = co_await std::move(asking);
  if (!said) co_return from_port(said.error(), "port request");
  store::PortRepository repository(services.pool);
  Json details;
  details["tns"] = shown_tns(*numbers);
  const auto id = view->request.id;
  const auto added = co_await repository.add(call.as_operator(), id, *said, port_deed("tns_added", details));
  if (!added) co_return from_store(added.error(), "port request");
  // What was found out already, such as a number that is the customer's own.
  std::vector<store::PortMerge> merges;
  for (auto& number : *said)
    if (number.errors.is_array() && !number.errors.empty()) {
      number.validation = "ERROR";
      number.state = "VALIDATION_ERROR";
      number.spid.clear();
      store::PortMerge merge;
      merge.was = "DRAFT";
      merge.number = std::move(number);
      merges.push_back(std::move(merge));
    }
  if (!merges.empty()) {
    store::PortDeed silent;
    const auto noted =
        co_await repository.merge(call.as_operator(), id, std::move(merges), std::move(silent));
    if (!noted) co_return from_store(noted.error(), "port request");
  }
  Reply reply;
  reply.data["total"] = read.total;
  reply.data["added"] = *added;
  reply.data["status"] = "OK";
  reply.data["message"] = std::to_string(*added) + " numbers joined the request.";
  reply.data["duplicates_removed"] = read.repeated + numbers->size() - *added;
  reply.data["lrns_filtered"] = 0;
  co_return reply;
}

// Validation and its repetition, resubmission, activation, cancellation: one action of the provider's.
Answer run(Services& services, Call call, PortAction action, porting::Event event, std::string word) {
  auto view = co_await find_port(services, call);
  if (!view) co_return view.error();
  auto numbers = chosen_numbers(call.body, *view);
  if (!numbers) co_return numbers.error();
  const bool possible = std::any_of(view->numbers.begin(), view->numbers.end(), [&](const auto& row) {
    const bool chosen =
        numbers->empty() || std::find(numbers->begin(), numbers->end(), row.number.e164) != numbers->end();
    return chosen && porting::step(state_of(row), event).has_value();
  });
  if (!possible) {
    if (view->numbers.empty()) co_return port_conflict("no_numbers", "The request has no numbers.");
    co_return port_conflict("wrong_state", "No number of the request is in a state that allows it.");
  }
  domain::PortWish wish;
  wish.tns = *numbers;
  wish.due_date = take<std::string>(call.body, "new_ddd").value_or("");
  Json details = Json::object();
  if (!numbers->empty()) details["tns"] = shown_tns(*numbers);
  auto done = port_deed(std::move(word), details);
  if (!wish.due_date.empty()) done.due_date = wish.due_date;
  auto acting = do_port(services, call, std::move(*view), action, wish, std::move(done));
  auto now = co_await std::move(acting);
  if (!now) co_return now.error();
  co_return reply_with(show_port(*now));
}

Answer validate(Services& services, Call call) {
  return run(services, std::move(call), PortAction::Validate, porting::Event::Validate, "validated");
}
Answer revalidate(Services& services, Call call) {
  return run(services, std::move(call), PortAction::Validate, porting::Event::Validate, "revalidated");
}
Answer resubmit_port(Services& services, Call call) {
  return run(services, std::move(call), PortAction::Resubmit, porting::Event::Resubmit, "resubmitted");
}
Answer activate(Services& services, Call call) {
  return run(services, std::move(call), PortAction::Activate, porting::Event::Activate, "activated");
}
Answer supplement(Services& services, Call call) {
  return run(services, std::move(call), PortAction::Supplement, porting::Event::Supplement, "supplemented");
}

Answer cancel_port(Services& services, Call call) {
  auto before = co_await find_port(services, call);
  if (!before) co_return before.error();
  auto cancelling = run(services, call, PortAction::Cancel, porting::Event::Cancel, "cancelled");
  const auto cancelled = co_await std::move(cancelling);
  if (!cancelled) co_return cancelled.error();
  auto view = co_await find_port(services, call);
  if (!view) co_return view.error();
  Reply reply;
  std::size_t done = 0, final_before = 0;
  auto failed = Json::array();
  for (const auto& row : before->numbers)
    final_before += porting::is_final(state_of(row));
  for (const auto& row : view->numbers) {
    done += state_of(row) == porting::State::Cancelled;
    if (!porting::is_final(state_of(row))) failed.push_back(shown_number(row.number.e164));
  }
  reply.data["total"] = view->numbers.size();
  reply.data["cancelled"] = done;
  reply.data["already_final"] = final_before;
  reply.data["failed"] = failed.size();
  reply.data["failed_tns"] = failed;
  reply.data["message"] =
      failed.empty() ? "The request is cancelled." : "Some numbers could not be cancelled.";
  reply.data["project_cancelled"] = view->request.status == "CANCELLED";
  co_return reply;
}

Failure loa_required(const porting::Gate& gate) {
  auto failure = port_conflict(gate.reason, "A group of numbers has no letter of authorisation in force.");
  failure.details["groups"] = Json::array();
  for (const auto& group : gate.unsigned_groups) {
    Json row;
    row["spid"] = group.spid;
    row["tn_count"] = group.tn_count;
    row["reason"] = porting::to_string(group.loa);
    failure.details["groups"].push_back(std::move(row));
  }
  return failure;
}

// Numbers of other customers here come by their PIN, at once.
boost::asio::awaitable<std::vector<store::PortMerge>> move_own(Services& services, Call call,
                                                               store::PortView view) {
  std::vector<store::PortMerge> out;
  for (const auto& group : view.groups) {
    if (!group.group.on_net) continue;
    const auto pin = take<std::string>(group.group.details, "pin").value_or("");
    for (const auto& row : view.numbers) {
      if (row.number.spid != group.group.spid || row.number.state != "READY_FOR_SUBMISSION") continue;
      auto moving =
          transfer_number(services, call.as_operator(), view.request.customer, row.number.e164, pin);
      const auto fault = co_await std::move(moving);
      const bool done = fault.empty() || fault == "already_yours";
      store::PortMerge merge;
      merge.was = row.number.state;
      merge.number.e164 = row.number.e164;
      merge.number.state = done ? "ACTIVATED" : "FAILED";
      if (!done) merge.number.failure = fault;
      out.push_back(std::move(merge));
    }
  }
  co_return out;
}

Answer submit(Services& services, Call call) {
  if (!services.ports.porting) co_return no_gateway("desk for port requests");
  auto view = co_await find_port(services, call);
  if (!view) co_return view.error();
  const auto gate = gate_of(*view);
  if (!gate.unsigned_groups.empty()) co_return loa_required(gate);
  if (!gate.reason.empty()) co_return port_conflict(gate.reason, "The request cannot be submitted as it is.");
  store::PortRepository repository(services.pool);
  auto moving = move_own(services, call, *view);
  auto moved = co_await std::move(moving);
  if (!moved.empty()) {
    auto noted = port_deed("transferred_on_net");
    noted.submitted = true;
    const auto merged =
        co_await repository.merge(call.as_operator(), view->request.id, std::move(moved), std::move(noted));
    if (!merged) co_return from_store(merged.error(), "port request");
    auto now = co_await find_port(services, call);
    if (!now) co_return now.error();
    *view = std::move(*now);
  }
  domain::PortWish wish;
  for (const auto& row : view->numbers)
    if (row.number.state == "READY_FOR_SUBMISSION" && !row.number.on_net) wish.tns.push_back(row.number.e164);
  if (wish.tns.empty()) co_return reply_with(show_port(*view));
  auto done = port_deed("submitted");
  done.submitted = true;
  auto acting = do_port(services, call, std::move(*view), PortAction::Submit, wish, std::move(done));
  auto now = co_await std::move(acting);
  if (!now) co_return now.error();
  co_return reply_with(show_port(*now));
}

Answer set_policy(Services& services, Call call) {
  auto view = co_await find_port(services, call);
  if (!view) co_return view.error();
  const auto mode = call.body["mode"].get<std::string>();
  std::optional<WallTime> at;
  if (const auto text = take<std::string>(call.body, "scheduled_at")) at = parse_timestamp(*text);
  if (mode == "SCHEDULED" && !at) {
    Failure failure{ErrorCode::InvalidPayload, "SCHEDULED needs a time."};
    failure.details["fields"]["scheduled_at"] = "is required";
    co_return failure;
  }
  if (mode != "SCHEDULED") at.reset();
  const auto day = at ? timestamp(*at).substr(0, 10) : std::string();
  if (at && view->request.due_date && day < *view->request.due_date)
    co_return Failure{ErrorCode::InvalidPayload, "The time lies before the desired due date."};
  store::PortRepository repository(services.pool);
  const auto changed = co_await repository.set_policy(call.actor(), view->request.id, mode, at);
  if (!changed) co_return from_store(changed.error(), "port request");
  co_return reply_with(show_policy(*changed, &*view));
}

std::vector<ErrorCode> errors(std::vector<ErrorCode> own = {}) {
  own.insert(own.end(), {ErrorCode::NotFound, ErrorCode::TniqError, ErrorCode::GatewayUnavailable});
  return own;
}

Field tns_field() {
  return list("tns", text("", 8192), 10'000).says("Numbers in any writing; several in one text as well.");
}

Endpoint action(Services& services, const char* path, const char* summary, Operation operation,
                const char* scope, bool step_up) {
  Endpoint out;
  out.method = http::Method::Post;
  out.path = kPortPath + path;
  out.summary = summary;
  out.tag = kPortingTag;
  out.action = act(services, operation);
  out.scope = scope;
  out.step_up = step_up;
  out.of_customer = true;
  out.answer = port_schema();
  out.errors = errors({ErrorCode::Conflict, ErrorCode::TniqValidation});
  return out;
}

void add_port_actions(EndpointTable& table, Services& services) {
  table.push_back(
      action(services, "/validate", "Check all numbers (again)", validate, "porting:write", false));
  auto again = action(services, "/revalidate", "Check numbers again", revalidate, "porting:write", false);
  again.body_kind = BodyKind::Json;
  again.body = {"PortNumbersChoice", {tns_field().says("Absent: all.")}};
  again.errors.push_back(ErrorCode::ValidationError);
  table.push_back(std::move(again));
  table.push_back(action(services, "/submit",
                         "Order the ports: the gate is every group's letter of authorisation", submit,
                         "porting:submit", true));
  table.push_back(action(services, "/resubmit", "Order again what was turned down", resubmit_port,
                         "porting:submit", false));
  table.push_back(action(services, "/activate", "Take over what is ready", activate, "porting:submit", true));
  auto cancelling = action(services, "/cancel", "Call the ports off", cancel_port, "porting:submit", true);
  cancelling.answer = {"PortCancellation",
                       {integer("total"), integer("cancelled"), integer("already_final"), integer("failed"),
                        list("failed_tns", text("")), text("message"), boolean("project_cancelled")}};
  table.push_back(std::move(cancelling));
  auto later =
      action(services, "/supplement", "Ask for another due date", supplement, "porting:submit", false);
  later.body_kind = BodyKind::Json;
  later.body = {"PortSupplement", {date("new_ddd").needed(), tns_field().says("Absent: all.")}};
  later.errors.push_back(ErrorCode::ValidationError);
  table.push_back(std::move(later));
  auto policy = action(services, "/auto-activation", "Whether and when to take over by itself", set_policy,
                       "porting:submit", false);
  policy.method = http::Method::Put;
  policy.body_kind = BodyKind::Json;
  policy.body = {"AutoActivationPolicy",
                 {text("mode").one_of({"DISABLED", "ASAP", "SCHEDULED"}).needed(), instant("scheduled_at")}};
  policy.answer = policy_schema();
  table.push_back(std::move(policy));
}

}  // namespace

void add_port_requests(EndpointTable& table, Services& services) {
  table.push_back(
      {.method = http::Method::Post,
       .path = "/porting/preview",
       .summary = "Which numbers can be ported, and from whom; nothing is made",
       .tag = kPortingTag,
       .action = act(services, preview_port),
       .scope = "porting:read",
       .of_customer = true,
       .body_kind = BodyKind::Json,
       .body = {"PortNumbers", {tns_field().needed()}},
       .answer = {"PortPreview", {list("groups", free_object("")), integer("total"), integer("portable")}},
       .errors = {ErrorCode::ValidationError, ErrorCode::GatewayUnavailable}});
  table.push_back({.path = "/porting/requests",
                   .summary = "Port requests, newest first",
                   .tag = kPortingTag,
                   .action = act(services, list_requests),
                   .scope = "porting:read",
                   .of_customer = true,
                   .answer_kind = AnswerKind::List,
                   .answer = request_schema("PortRequest")});
  table.push_back({.method = http::Method::Post,
                   .path = "/porting/requests",
                   .summary = "Begin a port request",
                   .tag = kPortingTag,
                   .action = act(services, create_request),
                   .scope = "porting:write",
                   .of_customer = true,
                   .customer_needed = true,
                   .body_kind = BodyKind::Json,
                   .body = {"NewPortRequest", {text("name", 128), date("desired_due_date")}},
                   .answer = request_schema("PortRequest"),
                   .status = 201,
                   .errors = errors()});
  table.push_back({.path = kPortPath,
                   .summary = "One request: what is known here, the provider's view, the numbers by carrier",
                   .tag = kPortingTag,
                   .action = act(services, get_request),
                   .scope = "porting:read",
                   .of_customer = true,
                   .answer = port_schema(),
                   .errors = {ErrorCode::NotFound, ErrorCode::Conflict},
                   .etag = false});
  table.push_back({.method = http::Method::Delete,
                   .path = kPortPath,
                   .summary = "Forget a request of which nothing was submitted",
                   .tag = kPortingTag,
                   .action = act(services, delete_request),
                   .scope = "porting:write",
                   .step_up = true,
                   .of_customer = true,
                   .answer_kind = AnswerKind::Nothing,
                   .status = 204,
                   .errors = errors({ErrorCode::Conflict})});
  table.push_back({.method = http::Method::Post,
                   .path = kPortPath + "/tns",
                   .summary = "Add numbers, in any writing",
                   .tag = kPortingTag,
                   .action = act(services, add_port_numbers),
                   .scope = "porting:write",
                   .of_customer = true,
                   .body_kind = BodyKind::Json,
                   .body = {"PortNumbers", {tns_field().needed()}},
                   .answer = {"PortUpload",
                              {integer("total"), integer("added"), text("status"), text("message"),
                               integer("duplicates_removed"), integer("lrns_filtered")}},
                   .errors = errors({ErrorCode::ValidationError, ErrorCode::Conflict})});
  add_port_actions(table, services);
}

}  // namespace warp::api
