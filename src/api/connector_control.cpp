// What connectors do now: their figures, holding their queues, and emptying them.
#include <optional>

#include "warp/domain/message_port.h"
#include "warp/net/completion.h"
#include "warp/store/messaging.h"

#include "message_submit.h"

namespace warp::api {
namespace {

using Statistics = std::vector<domain::ConnectorStatistics>;

boost::asio::awaitable<Statistics> ask_statistics(domain::MessagePort& port) {
  auto start = [&port](std::unique_ptr<net::Completion<Statistics>> completion) {
    std::shared_ptr<net::Completion<Statistics>> kept = std::move(completion);
    port.statistics([kept](Statistics rows) { kept->complete(std::move(rows)); });
  };
  co_return co_await net::suspend<Statistics>(std::move(start));
}

boost::asio::awaitable<bool> hold(domain::MessagePort& port, ConnectorId connector, bool paused) {
  auto start = [&port, connector, paused](std::unique_ptr<net::Completion<bool>> completion) {
    std::shared_ptr<net::Completion<bool>> kept = std::move(completion);
    const auto done = [kept] { kept->complete(true); };
    paused ? port.pause(connector, done) : port.resume(connector, done);
  };
  co_return co_await net::suspend<bool>(std::move(start));
}

boost::asio::awaitable<std::size_t> empty_queue(domain::MessagePort& port, ConnectorId connector) {
  auto start = [&port, connector](std::unique_ptr<net::Completion<std::size_t>> completion) {
    std::shared_ptr<net::Completion<std::size_t>> kept = std::move(completion);
    port.purge(connector, [kept](std::size_t count) { kept->complete(count); });
  };
  co_return co_await net::suspend<std::size_t>(std::move(start));
}

Json show(const domain::ConnectorStatistics& row) {
  Json out;
  out["connector_id"] = row.connector.to_string();
  out["up"] = row.up;
  out["paused"] = row.paused;
  out["healthy"] = row.healthy;
  out["queued"] = row.queued;
  out["on_wire"] = row.on_wire;
  out["submitted"] = row.submitted;
  out["failures"] = row.failures;
  return out;
}

Schema connector_statistics_schema() {
  return {"ConnectorStatistics",
          {uuid("connector_id"), boolean("up"), boolean("paused"), boolean("healthy"), integer("queued"),
           integer("on_wire"), integer("submitted"), integer("failures")}};
}

Answer list_statistics(Services& services, Call) {
  if (!services.messaging) co_return no_messaging();
  const auto rows = co_await ask_statistics(*services.messaging);
  co_return list_reply(rows, [](const auto& row) { return show(row); });
}

Answer get_statistics(Services& services, Call call) {
  if (!services.messaging) co_return no_messaging();
  const auto id = call.id<ConnectorId>("connector_id");
  const auto rows = co_await ask_statistics(*services.messaging);
  for (const auto& row : rows) {
    if (row.connector != id) continue;
    Reply reply;
    reply.data = show(row);
    co_return reply;
  }
  co_return not_found("connector on this node");
}

// Kept in the database, so that it outlives the process and reaches the other nodes; told to this node at
// once.
Answer set_paused(Services& services, Call call, bool paused) {
  const auto id = call.id<ConnectorId>("connector_id");
  store::Change<domain::Connector> change = [paused](store::ConnectorRepository::Item& row) {
    row.item.paused = paused;
  };
  const auto changed = co_await services.connectors.update(call.as_operator(), id, std::move(change));
  if (!changed) co_return from_store(changed.error(), "connector");
  if (services.messaging) co_await hold(*services.messaging, id, paused);
  Reply reply;
  reply.data["connector_id"] = id.to_string();
  reply.data["paused"] = changed->item.paused;
  co_return reply;
}
Answer pause(Services& services, Call call) {
  return set_paused(services, std::move(call), true);
}
Answer resume(Services& services, Call call) {
  return set_paused(services, std::move(call), false);
}

Answer purge(Services& services, Call call) {
  if (!services.messaging) co_return no_messaging();
  const auto id = call.id<ConnectorId>("connector_id");
  const auto found = co_await services.connectors.get(call.as_operator(), id);
  if (!found) co_return from_store(found.error(), "connector");
  const auto count = co_await empty_queue(*services.messaging, id);
  Reply reply;
  reply.data["connector_id"] = id.to_string();
  reply.data["cancelled"] = count;
  co_return reply;
}

Endpoint control(Services& services, const char* what, const char* summary, Operation operation,
                 Schema answer) {
  Endpoint endpoint;
  endpoint.method = http::Method::Post;
  endpoint.path = std::string("/messaging/connectors/{connector_id:uuid}/") + what;
  endpoint.summary = summary;
  endpoint.tag = "Messaging";
  endpoint.action = act(services, operation);
  endpoint.operators_only = true;
  endpoint.answer = std::move(answer);
  endpoint.errors = {ErrorCode::NotFound, ErrorCode::GatewayUnavailable};
  return endpoint;
}

}  // namespace

void add_connector_control(EndpointTable& table, Services& services) {
  const Schema held{"ConnectorHold", {uuid("connector_id"), boolean("paused")}};
  const Schema purged{"ConnectorPurge", {uuid("connector_id"), integer("cancelled")}};
  table.push_back({.path = "/messaging/connectors/stats",
                   .summary = "What the connectors of this node do now",
                   .tag = "Messaging",
                   .action = act(services, list_statistics),
                   .operators_only = true,
                   .answer_kind = AnswerKind::List,
                   .answer = connector_statistics_schema(),
                   .errors = {ErrorCode::GatewayUnavailable}});
  table.push_back({.path = "/messaging/connectors/{connector_id:uuid}/stats",
                   .summary = "What a connector of this node does now",
                   .tag = "Messaging",
                   .action = act(services, get_statistics),
                   .operators_only = true,
                   .answer = connector_statistics_schema(),
                   .errors = {ErrorCode::NotFound, ErrorCode::GatewayUnavailable}});
  table.push_back(control(services, "pause", "Hold a connector's queue until it is resumed", pause, held));
  table.push_back(control(services, "resume",
                          "Let a connector's queue go on, and bind at once where it is away", resume, held));
  table.push_back(
      control(services, "purge", "Cancel what is queued for a connector on this node", purge, purged));
}

}  // namespace warp::api
