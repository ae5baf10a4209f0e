#include "stream_metrics.h"

namespace warp::sip {

StreamMetrics::StreamMetrics(metrics::Registry& registry, unsigned shard) {
  const auto counter = [&](std::string_view name, std::string_view help, metrics::Labels labels = {}) {
    return &registry.counter("warp_sip_transport_" + std::string(name), help, labels);
  };
  const auto of_shard = [&](std::string_view name, std::string_view help, metrics::Labels labels = {}) {
    labels.emplace_back("shard", std::to_string(shard));
    return counter(name, help, std::move(labels));
  };
  constexpr std::string_view kOpened = "Stream connections of SIP that began, by who connected.";
  for (std::size_t i = 1; i < kTransports; ++i) {
    const std::string name(to_string(static_cast<SipTransport>(i)));
    connections[i] = &registry.gauge("warp_sip_transport_connections",
                                     "Stream connections of SIP there are now.", {{"transport", name}});
    accepted[i] = counter("connections_opened_total", kOpened, {{"transport", name}, {"side", "accepted"}});
    opened[i] = counter("connections_opened_total", kOpened, {{"transport", name}, {"side", "opened"}});
  }
  for (std::size_t i = 0; i < kCloseReasons; ++i)
    closed[i] = counter("connections_closed_total", "Stream connections of SIP that ended, by why.",
                        {{"reason", std::string(to_string(static_cast<CloseReason>(i)))}});
  constexpr std::string_view kRefused[] = {"total", "source", "banned", "descriptors"};
  for (std::size_t i = 0; i < refused.size(); ++i)
    refused[i] =
        counter("connections_refused_total", "Stream connections of SIP that were not taken or not made.",
                {{"reason", std::string(kRefused[i])}});
  for (std::size_t i = 0; i < framing_errors.size(); ++i)
    framing_errors[i] = counter("framing_errors_total", "Streams closed because no message could be cut out.",
                                {{"fault", std::string(to_string(static_cast<FrameFault>(i)))}});
  for (std::size_t i = 0; i < parse_errors.size(); ++i)
    parse_errors[i] =
        of_shard("parse_errors_total", "Datagrams that were no valid SIP message, by what was wrong.",
                 {{"code", std::string(to_string(static_cast<ParseCode>(i)))}});
  constexpr std::string_view kTls = "TLS handshakes of SIP that failed.";
  tls_failures_server = counter("tls_failures_total", kTls, {{"side", "accepted"}});
  tls_failures_client = counter("tls_failures_total", kTls, {{"side", "opened"}});
  messages_in = counter("stream_messages_total", "SIP messages over streams.", {{"direction", "in"}});
  messages_out = counter("stream_messages_total", "SIP messages over streams.", {{"direction", "out"}});
  octets_in = counter("stream_octets_total", "Octets of SIP streams, without TLS.", {{"direction", "in"}});
  octets_out = counter("stream_octets_total", "Octets of SIP streams, without TLS.", {{"direction", "out"}});
  keep_alives = counter("stream_keep_alives_total", "Pings and pongs (CRLF) that came over streams.");
  banned = of_shard("banned_total", "Datagrams dropped unread because of their source.");
  handed_over = of_shard("handed_over_total", "Datagrams given to the shard that owns their Call-ID.");
  handover_dropped =
      of_shard("handover_dropped_total", "Datagrams dropped because too many waited for their shard.");
}

}  // namespace warp::sip
