#pragma once

#include <array>
#include <string>

#include "warp/base/metrics.h"
#include "warp/sip/transport/framer.h"

#include "connection.h"

namespace warp::sip {

struct StreamMetrics {
  StreamMetrics(metrics::Registry& registry, unsigned shard);

  enum class Refused : std::uint8_t { TooMany, TooManyOfSource, Banned, Descriptors };
  static constexpr std::size_t kTransports = 5;
  using PerTransport = std::array<metrics::Counter*, kTransports>;
  std::array<metrics::Gauge*, kTransports> connections{};
  PerTransport accepted{}, opened{};
  std::array<metrics::Counter*, kCloseReasons> closed{};
  std::array<metrics::Counter*, 4> refused{}, framing_errors{};
  std::array<metrics::Counter*, static_cast<std::size_t>(ParseCode::ForbiddenByte) + 1> parse_errors{};
  metrics::Counter *tls_failures_server, *tls_failures_client, *messages_in, *messages_out, *octets_in,
      *octets_out, *keep_alives, *banned, *handed_over, *handover_dropped;
};

}  // namespace warp::sip
