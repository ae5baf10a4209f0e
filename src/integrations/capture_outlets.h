// Outlets of capture: a UDP socket, or a stream (TCP, TLS) that is opened again when it breaks.
#pragma once

#include <memory>
#include <string>

#include "warp/integrations/capture_sender.h"

namespace warp::integrations {

struct OutletNeeds {
  boost::asio::io_context& context;
  log::Logger& log;
  metrics::Registry& metrics;
};

std::unique_ptr<CaptureOutlet> make_udp_outlet(const CaptureTarget& target, const OutletNeeds& needs);
// The error is a sentence for people.
Result<std::unique_ptr<CaptureOutlet>, std::string> make_stream_outlet(const CaptureTarget& target,
                                                                       const CaptureSettings& settings,
                                                                       const OutletNeeds& needs);

// What every outlet counts.
struct OutletMetrics {
  OutletMetrics(metrics::Registry& registry, const std::string& target)
      : sent(registry.counter("warp_capture_sent_total", "HEP packets sent to a capture server.",
                              {{"target", target}})),
        lost(registry.counter("warp_capture_dropped_total",
                              "Captured messages that did not get to a capture server, by cause.",
                              {{"cause", "target_away"}})),
        connected(
            registry.gauge("warp_capture_connected",
                           "1 when a capture server can be sent to: its name is known, its connection up.",
                           {{"target", target}})) {}
  metrics::Counter &sent, &lost;
  metrics::Gauge& connected;
};

}  // namespace warp::integrations
