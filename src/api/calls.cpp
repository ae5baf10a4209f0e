// Calls in progress: seen, ended, traced.
#include <cstdio>

#include "warp/api/call_json.h"
#include "warp/http/one_piece.h"
#include "warp/store/call_audit.h"

#include "call_acts.h"

namespace warp::api {
namespace {

constexpr const char* kCallsTag = "Calls";
constexpr const char* kCallsPath = "/calls";
constexpr const char* kCallPath = "/calls/{call_id:uuid}";
constexpr const char* kTrace = "/calls/{call_id:uuid}/trace";
constexpr std::int64_t kUsualCalls = 100, kMostCalls = 1000;

Schema active_call_schema() {
  return {"ActiveCall",
          {uuid("id"), text("node").says("That carries it."), uuid("customer_id"), uuid("trunk_id"),
           uuid("provider_id").or_null().says("Null between trunks."),
           text("direction").one_of({"inbound", "outbound"}),
           text("state").one_of({"trying", "ringing", "answering", "up"}), text("ani"), text("dni"),
           instant("setup_at"), instant("answered_at").or_null(), boolean("recording"), boolean("tracing"),
           free_object("caller_media")
               .or_null()
               .says("Figures of the caller's media as they stand: docs/media/quality.md."),
           free_object("callee_media").or_null()}};
}

Schema trace_schema() {
  std::vector<Field> message{instant("at"),     boolean("sent").says("By the platform."),
                             text("transport"), text("local"),
                             text("remote"),    text("text").says("What authenticates is masked.")};
  return {"CallTrace",
          {uuid("call_id"), boolean("running"), boolean("cut").says("There was more than is kept."),
           list("messages", object("", std::move(message)))}};
}

Failure no_calls() {
  return Failure{ErrorCode::GatewayUnavailable, "This node sees no calls."};
}

Answer list_active_calls(Services& services, Call call) {
  if (!services.ports.calls) co_return no_calls();
  CallFilter filter;
  filter.customer = call.customer();
  if (const auto trunk = take<std::string>(call.query, "trunk_id")) filter.trunk = TrunkId::parse(*trunk);
  filter.limit = static_cast<std::size_t>(take<std::int64_t>(call.query, "limit").value_or(kUsualCalls));
  auto listing = services.ports.calls->list(filter);
  const auto found = co_await std::move(listing);
  Reply reply;
  reply.data = Json::array();
  for (const auto& one : found.calls)
    reply.data.push_back(to_json(one));
  if (!found.missing.empty()) reply.meta["missing"] = found.missing;
  co_return reply;
}

Answer get_call(Services& services, Call call) {
  auto finding = find_call(services, call);
  const auto found = co_await std::move(finding);
  if (!found) co_return found.error();
  co_return reply_with(to_json(*found));
}

Answer hang_up(Services& services, Call call) {
  auto claiming = claim_call(services, call, "hangup");
  const auto found = co_await std::move(claiming);
  if (!found) co_return found.error();
  auto ending = services.ports.calls->end(found->id, call.customer());
  if (!co_await std::move(ending)) co_return not_found("call");
  Json data;
  data["id"] = found->id;
  data["ended"] = true;
  co_return reply_with(std::move(data));
}

Answer start_trace(Services& services, Call call) {
  auto claiming = claim_call(services, call, "trace");
  const auto found = co_await std::move(claiming);
  if (!found) co_return found.error();
  auto tracing = services.ports.calls->trace(found->id, call.customer(), true);
  if (!co_await std::move(tracing)) {
    Failure failure{ErrorCode::Conflict, "Too many calls are traced on its node, or it has ended."};
    failure.details["reason"] = "not_traceable";
    co_return failure;
  }
  Json data;
  data["id"] = found->id;
  data["tracing"] = true;
  co_return reply_with(std::move(data));
}

Answer stop_trace(Services& services, Call call) {
  if (!services.ports.calls) co_return no_calls();
  auto stopping = services.ports.calls->trace(call.uuid("call_id").to_string(), call.customer(), false);
  if (!co_await std::move(stopping)) co_return not_found("trace");
  co_return no_content();
}

// A line for a terminal: what the network says is no command to it.
std::string first_line(const std::string& message) {
  auto line = message.substr(0, message.find_first_of("\r\n"));
  for (auto& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f) c = '?';
  return line;
}

// "+0.021000  192.0.2.1:5060 UDP  ->  INVITE sip:… SIP/2.0", times since the first message.
std::string ladder(const CallTrace& trace) {
  std::string out;
  for (const auto& message : trace.messages) {
    const auto since = message.at - trace.messages.front().at;
    char time[32];
    std::snprintf(time, sizeof time, "+%lld.%06lld", static_cast<long long>(since.count() / 1'000'000),
                  static_cast<long long>(since.count() % 1'000'000));
    out += time;
    out += "  " + message.remote + " " + message.transport + (message.sent ? "  <-  " : "  ->  ");
    out += first_line(message.text) + "\n";
  }
  if (trace.cut) out += "(there was more than is kept)\n";
  if (out.empty()) out = "(nothing has passed yet)\n";
  return out;
}

Answer get_trace(Services& services, Call call) {
  if (!services.ports.calls) co_return no_calls();
  const auto id = call.uuid("call_id").to_string();
  auto reading = services.ports.calls->traced(id, call.customer());
  const auto trace = co_await std::move(reading);
  if (!trace) {
    auto failure = not_found("trace");
    failure.message =
        "Nothing of this call is kept: a trace begins with POST /calls/{call_id}/trace while the call is up.";
    co_return failure;
  }
  if (take<std::string>(call.query, "format").value_or("json") == "ladder") {
    Reply reply;
    reply.headers.set("Content-Type", "text/plain; charset=utf-8");
    reply.source = std::make_unique<http::OnePiece>(ladder(*trace));
    co_return reply;
  }
  Json data;
  data["call_id"] = id;
  data["running"] = trace->running;
  data["cut"] = trace->cut;
  data["messages"] = Json::array();
  for (const auto& message : trace->messages)
    data["messages"].push_back(to_json(message));
  co_return reply_with(std::move(data));
}

Endpoint of_one(const char* path, const char* summary, Action action) {
  Endpoint endpoint;
  endpoint.path = path;
  endpoint.summary = summary;
  endpoint.tag = kCallsTag;
  endpoint.action = std::move(action);
  endpoint.scope = "calls:control";
  endpoint.of_customer = true;
  endpoint.errors = {ErrorCode::NotFound, ErrorCode::GatewayUnavailable};
  endpoint.etag = false;
  return endpoint;
}

void add_traces(EndpointTable& table, Services& services) {
  auto start =
      of_one(kTrace, "Keep what signalling passes of a call from now on", act(services, start_trace));
  start.method = http::Method::Post;
  start.answer = {"CallTracing", {uuid("id"), boolean("tracing")}};
  start.errors.push_back(ErrorCode::Conflict);
  table.push_back(std::move(start));
  auto stop = of_one(kTrace, "Keep no more of it; what there is stays", act(services, stop_trace));
  stop.method = http::Method::Delete;
  stop.answer_kind = AnswerKind::Nothing;
  stop.status = 204;
  table.push_back(std::move(stop));
  auto read = of_one(kTrace, "What has passed: at most 256 messages, also for a while after the call",
                     act(services, get_trace));
  read.query = {text("format", 16).one_of({"json", "ladder"}).says("ladder: text, a line a message.")};
  read.answer = trace_schema();
  table.push_back(std::move(read));
}

boost::asio::awaitable<std::optional<Failure>> note_call(Services& services, const Call& call,
                                                         CustomerId whose, const char* event) {
  store::CallAuditRepository audit(services.pool);
  auto recording = audit.record(call.actor(), whose, event, call.id<CallId>("call_id"));
  const auto recorded = co_await std::move(recording);
  if (!recorded) co_return from_store(recorded.error(), "call");
  co_return std::nullopt;
}

}  // namespace

boost::asio::awaitable<Outcome<ActiveCall>> find_call(Services& services, const Call& call) {
  if (!services.ports.calls) co_return no_calls();
  CallFilter filter;
  filter.customer = call.customer();
  filter.id = call.uuid("call_id").to_string();
  filter.limit = 1;
  auto listing = services.ports.calls->list(filter);
  auto found = co_await std::move(listing);
  if (!found.calls.empty()) co_return std::move(found.calls.front());
  auto failure = not_found("call");
  if (!found.missing.empty()) failure.details["missing"] = found.missing;
  co_return failure;
}

boost::asio::awaitable<Outcome<ActiveCall>> claim_call(Services& services, const Call& call,
                                                       const char* event) {
  auto finding = find_call(services, call);
  auto found = co_await std::move(finding);
  if (!found) co_return found.error();
  auto noting = note_call(services, call, found->customer, event);
  if (auto failure = co_await std::move(noting)) co_return std::move(*failure);
  co_return found;
}

void add_calls(EndpointTable& table, Services& services) {
  auto list_all = of_one(
      kCallsPath, "Calls in progress on all nodes, oldest first; meta.missing: nodes that did not answer",
      act(services, list_active_calls));
  list_all.scope = "calls:read";
  list_all.query = {uuid("trunk_id"), integer("limit", 1, kMostCalls).says("Default 100.")};
  list_all.answer_kind = AnswerKind::List;
  list_all.answer = active_call_schema();
  list_all.errors = {ErrorCode::GatewayUnavailable};
  table.push_back(std::move(list_all));
  auto get_one = of_one(kCallPath, "A call in progress", act(services, get_call));
  get_one.scope = "calls:read";
  get_one.answer = active_call_schema();
  table.push_back(std::move(get_one));
  auto end = of_one("/calls/{call_id:uuid}/hangup",
                    "End a call: BYE to both sides, or a refusal before it is up", act(services, hang_up));
  end.method = http::Method::Post;
  end.answer = {"CallEnd", {uuid("id"), boolean("ended")}};
  table.push_back(std::move(end));
  add_traces(table, services);
}

}  // namespace warp::api
