#include "client_metrics.h"

#include <chrono>
#include <string>
#include <string_view>

namespace warp::redis {
namespace {

metrics::Counter& commands(metrics::Registry& registry, std::string_view result) {
  return registry.counter("warp_redis_commands_total", "Commands to Redis by how they ended.",
                          {{"result", std::string(result)}});
}

}  // namespace

ClientMetrics::ClientMetrics(metrics::Registry& registry)
    : connected(registry.gauge("warp_redis_connected", "1 when Redis is connected and has let us in.")),
      in_flight(registry.gauge("warp_redis_in_flight", "Commands sent whose reply has not come.")),
      reconnects(registry.counter("warp_redis_reconnects_total", "Connections to Redis after the first.")),
      connect_failures(
          registry.counter("warp_redis_connect_failures_total", "Attempts to connect to Redis that failed.")),
      protocol_errors(registry.counter("warp_redis_protocol_errors_total",
                                       "Connections dropped for what the server sent.")),
      late_replies(registry.counter("warp_redis_late_replies_total",
                                    "Replies thrown away since their command had timed out.")),
      ok_(commands(registry, "ok")),
      server_error_(commands(registry, "server_error")),
      seconds_(
          registry.histogram("warp_redis_command_seconds", "Time from asking to the reply.",
                             {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1})) {
  for (std::size_t kind = 0; kind < kErrorKinds; ++kind)
    failed_[kind] = &commands(registry, to_string(static_cast<ErrorKind>(kind)));
}

void ClientMetrics::answered(Monotonic began, bool refused) {
  (refused ? server_error_ : ok_).add();
  seconds_.observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
}

void ClientMetrics::failed(ErrorKind kind, std::size_t commands) {
  failed_[static_cast<std::size_t>(kind)]->add(commands);
}

}  // namespace warp::redis
