// The room's metrics; handles of the same side are the registry's same ones.
#pragma once

#include "warp/base/metrics.h"
#include "warp/smtp/client.h"

namespace warp::smtp {

enum class Refusal : std::uint8_t { Address, Total, Source };
enum class Ending : std::uint8_t { Peer, Quit, Timeout, Errors, BareLineEnd, LineTooLong, Tls, Drained };

struct ServerMetrics {
  explicit ServerMetrics(metrics::Registry& registry);
  metrics::Counter& refused(Refusal why) { return *refused_[static_cast<std::size_t>(why)]; }
  metrics::Counter& ended(Ending why) { return *ended_[static_cast<std::size_t>(why)]; }
  metrics::Counter& judged(std::uint16_t code) { return *judged_[code < 300 ? 0 : code < 500 ? 1 : 2]; }
  metrics::Gauge& sessions;
  metrics::Counter &login_failures, &octets;

 private:
  metrics::Counter *refused_[3], *ended_[8], *judged_[3];
};

struct ClientMetrics {
  explicit ClientMetrics(metrics::Registry& registry);
  metrics::Counter& sent(Outcome::Result result) { return *sent_[static_cast<std::size_t>(result)]; }
  metrics::Gauge& connections;
  metrics::Counter &connected, &failed;

 private:
  metrics::Counter* sent_[4];
};

}  // namespace warp::smtp
