#include "metrics.h"

namespace warp::smtp {
namespace {

constexpr std::string_view kRefusals[] = {"address", "total", "source"};
constexpr std::string_view kEndings[] = {"peer",          "quit",          "timeout", "errors",
                                         "bare_line_end", "line_too_long", "tls",     "drained"};
constexpr std::string_view kVerdicts[] = {"accepted", "temporary", "permanent"};

}  // namespace

ServerMetrics::ServerMetrics(metrics::Registry& registry)
    : sessions(registry.gauge("warp_smtp_sessions", "SMTP connections of peers that are open.")),
      login_failures(
          registry.counter("warp_smtp_login_failures_total", "SMTP logins of peers that were wrong.")),
      octets(registry.counter("warp_smtp_octets_received_total", "Octets received over SMTP, after TLS.")) {
  for (std::size_t i = 0; i < 3; ++i)
    refused_[i] =
        &registry.counter("warp_smtp_connections_refused_total", "SMTP connections closed at once, by why.",
                          {{"cause", std::string(kRefusals[i])}});
  for (std::size_t i = 0; i < 8; ++i)
    ended_[i] =
        &registry.counter("warp_smtp_sessions_ended_total", "SMTP sessions of peers that ended, by why.",
                          {{"cause", std::string(kEndings[i])}});
  for (std::size_t i = 0; i < 3; ++i)
    judged_[i] = &registry.counter("warp_smtp_mails_received_total",
                                   "Mails that peers handed over whole, by the answer to them.",
                                   {{"answer", std::string(kVerdicts[i])}});
}

void register_client_metrics(metrics::Registry& registry) {
  const ClientMetrics metrics(registry);
}

ClientMetrics::ClientMetrics(metrics::Registry& registry)
    : connections(registry.gauge("warp_smtp_client_connections", "SMTP connections to peers that are open.")),
      connected(registry.counter("warp_smtp_client_connected_total", "SMTP connections to peers made.")),
      failed(registry.counter("warp_smtp_client_connect_failures_total",
                              "SMTP connections to peers that could not be made or logged in.")) {
  for (const auto result : {Outcome::Result::Accepted, Outcome::Result::Temporary, Outcome::Result::Permanent,
                            Outcome::Result::Ambiguous})
    sent_[static_cast<std::size_t>(result)] =
        &registry.counter("warp_smtp_mails_sent_total", "Mails handed to peers, by what came of it.",
                          {{"result", std::string(to_string(result))}});
}

}  // namespace warp::smtp
