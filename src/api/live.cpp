// What happens now, by WebSocket and by server-sent events. docs/api/live.md has the protocol.
#include <algorithm>

#include <boost/asio/this_coro.hpp>

#include "warp/api/principal_json.h"
#include "warp/identity/tickets.h"

#include "live_carriers.h"
#include "services.h"

namespace warp::api {
namespace {

constexpr const char* kLiveTag = "Live";
constexpr std::size_t kLongestTopics = 16 * 1024;  // of a client's

Answer no_socket(Services&, Call) {
  Failure failure{ErrorCode::UpgradeRequired, ""};
  failure.details["stream"] = "/live/events";
  co_return failure;
}

// What the ticket stands for is proven anew when it is shown; scopes of a role come with the role.
Answer make_ticket(Services& services, Call call) {
  auto principal = call.principal();
  if (principal.kind == PrincipalKind::Session && principal.role) principal.scopes.clear();
  const auto life = services.settings.live.ticket_life;
  identity::TicketDesk desk(services.ports.redis);
  auto issuing = desk.issue(dump(to_json(principal)), life);
  auto ticket = co_await std::move(issuing);
  if (!ticket) co_return Failure{ErrorCode::ServiceUnavailable, "Tickets cannot be kept now."};
  Json data;
  data["ticket"] = std::move(*ticket);
  data["expires_in"] = life.count();
  co_return reply_with(std::move(data), 201);
}

Failure bad_topics(std::string message) {
  Failure failure{ErrorCode::InvalidParam, std::move(message)};
  failure.details["param"] = "topics";
  return failure;
}

// "trunks,calls"; empty texts and repeats are wrong.
std::optional<std::vector<live::Topic>> topics_of(std::string_view text) {
  std::vector<live::Topic> out;
  for (;;) {
    const auto comma = text.find(',');
    const auto topic = live::parse_topic(text.substr(0, comma));
    if (!topic || std::find(out.begin(), out.end(), *topic) != out.end()) return std::nullopt;
    out.push_back(*topic);
    if (comma == text.npos) return out;
    text.remove_prefix(comma + 1);
  }
}

Json filter_of(const Json& query, live::Topic topic, std::optional<CustomerId> customer) {
  Json filter = Json::object();
  if (customer && topic != live::Topic::Nodes) filter["customer_id"] = customer->to_string();
  if (topic == live::Topic::Trunks || topic == live::Topic::Calls)
    if (const auto trunk = take<std::string>(query, "trunk_id")) filter["trunk_id"] = *trunk;
  if (const auto type = take<std::string>(query, "type")) filter["type"] = *type;
  return filter;
}

// A place says nothing of its topic: with one of several topics none can be gone on with.
Answer stream(const std::shared_ptr<LiveWorld>& world, Call call) {
  auto& services = world->services;
  const auto topics = topics_of(take<std::string>(call.query, "topics").value_or(""));
  if (!topics) co_return bad_topics("Topics are trunks, calls, counters, messages, events and nodes.");
  auto resume = take<std::string>(call.query, "resume").value_or("");
  if (resume.empty()) resume = call.request.headers.get_or("Last-Event-ID", "");
  if (topics->size() > 1) resume.clear();
  for (const auto topic : *topics)
    if (const auto refused = services.authorizer.check(call.principal(), need_of(topic))) co_return *refused;
  if (!services.ports.hub)
    co_return Failure{ErrorCode::GatewayUnavailable, "This node tells nobody what happens."};
  const auto executor = co_await boost::asio::this_coro::executor;
  auto session = LiveSession::open(world, call.request, executor);
  if (!session) co_return Failure{ErrorCode::ServiceUnavailable, "Too many watch already."};
  LiveFrames first;
  first.push_back(session->hello());
  for (const auto topic : *topics) {
    auto subscribing = session->subscribe(std::string(to_string(topic)),
                                          filter_of(call.query, topic, call.customer()), resume);
    auto frames = co_await std::move(subscribing);
    const bool too_old = !resume.empty() && !frames.empty() && frames.front().name == "error";
    for (auto& frame : frames)
      first.push_back(std::move(frame));
    if (!too_old) continue;
    // A browser that comes back cannot leave its token out: it begins anew.
    auto beginning =
        session->subscribe(std::string(to_string(topic)), filter_of(call.query, topic, call.customer()), "");
    auto anew = co_await std::move(beginning);
    for (auto& frame : anew)
      first.push_back(std::move(frame));
  }
  Reply reply;
  reply.headers.set("Content-Type", "text/event-stream");
  reply.headers.set("X-Accel-Buffering", "no");
  reply.source =
      std::make_unique<EventStream>(std::move(session), services.settings.live.heartbeat, std::move(first));
  co_return reply;
}

Endpoint socket_endpoint(Services& services, const std::shared_ptr<LiveWorld>& world) {
  Endpoint endpoint;
  endpoint.path = "/live";
  endpoint.summary = "A WebSocket of what happens: docs/api/live.md has the protocol";
  endpoint.tag = kLiveTag;
  endpoint.action = act(services, no_socket);
  endpoint.body_limit = kLongestTopics;
  endpoint.answer_kind = AnswerKind::Nothing;
  endpoint.status = 101;
  endpoint.errors = {ErrorCode::UpgradeRequired};
  endpoint.takes_ticket = true;
  endpoint.etag = false;
  endpoint.socket = [world](http::Request request, std::shared_ptr<http::WebSocket> socket) {
    return serve_socket(world, std::move(request), std::move(socket));
  };
  return endpoint;
}

Endpoint stream_endpoint(const std::shared_ptr<LiveWorld>& world) {
  Endpoint endpoint;
  endpoint.path = "/live/events";
  endpoint.summary = "The same as server-sent events";
  endpoint.tag = kLiveTag;
  endpoint.action = [world](Call call) { return stream(world, std::move(call)); };
  endpoint.of_customer = true;
  endpoint.query = {
      text("topics", 128).says("Apart by commas: trunks, calls, counters, messages, events, nodes.").needed(),
      text("resume", 64).says("A token: goes on after it. Also as Last-Event-ID; with one topic only."),
      uuid("trunk_id").says("Of trunks and calls."), text("type", 64)};
  endpoint.answer_kind = AnswerKind::Octets;
  endpoint.errors = {ErrorCode::GatewayUnavailable, ErrorCode::ServiceUnavailable, ErrorCode::InvalidParam};
  endpoint.takes_ticket = true;
  endpoint.etag = false;
  return endpoint;
}

}  // namespace

void add_live(EndpointTable& table, Services& services) {
  const auto world = std::make_shared<LiveWorld>(services);
  table.push_back(socket_endpoint(services, world));
  table.push_back(stream_endpoint(world));
  Endpoint tickets;
  tickets.method = http::Method::Post;
  tickets.path = "/live/tickets";
  tickets.summary = "A ticket for clients that can send no header: ?ticket=, good once";
  tickets.tag = kLiveTag;
  tickets.action = act(services, make_ticket);
  tickets.answer = {"LiveTicket", {text("ticket"), integer("expires_in").says("Seconds.")}};
  tickets.status = 201;
  tickets.idempotency = Idempotency::Own;  // a ticket is never shown again
  tickets.errors = {ErrorCode::ServiceUnavailable};
  table.push_back(std::move(tickets));
}

}  // namespace warp::api
