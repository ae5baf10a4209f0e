#include "app/sip_edge.h"

#include <sstream>
#include <stdexcept>

namespace warp::app {
namespace {

sip::StreamLimits limits_of(const Config::Sip::Streams& streams) {
  sip::StreamLimits limits;
  limits.connections = streams.max_connections;
  limits.per_source = streams.max_connections_per_source;
  limits.write_octets = streams.write_queue_octets;
  limits.connect = streams.connect_timeout;
  limits.handshake = streams.handshake_timeout;
  limits.first_message = streams.first_message_timeout;
  limits.message = streams.message_timeout;
  limits.idle = streams.idle_timeout;
  limits.ping = streams.ping_interval;
  limits.pong = streams.pong_timeout;
  return limits;
}

sip::SipTransportsSettings transports_settings(const Config& config) {
  sip::SipTransportsSettings settings;
  for (const auto& listener : config.sip.listeners)
    settings.listeners.push_back({listener.bind, listener.advertise, listener.transport,
                                  listener.tls_profiles, listener.advertise_name, listener.peers});
  settings.large = config.sip.large_requests;
  settings.streams.limits = limits_of(config.sip.streams);
  std::istringstream origins(config.sip.streams.origins);
  for (std::string origin; origins >> origin;)
    settings.streams.origins.push_back(origin);
  return settings;
}

std::unique_ptr<sip::TlsProfiles> load_tls_profiles(const Config& config) {
  auto loaded = sip::TlsProfiles::load(config.sip.tls_profiles);
  if (!loaded)
    throw std::runtime_error("cannot use TLS for SIP: " + loaded.error() + "; see sip.tls.profiles");
  return std::move(*loaded);
}

metrics::Counter& reloads(metrics::Registry& metrics, const char* result) {
  return metrics.counter("warp_sip_transport_tls_reloads_total",
                         "Times that the certificates of SIP were read anew.", {{"result", result}});
}

}  // namespace

SipEdge::SipEdge(const Config& config, log::Logger& log, metrics::Registry& metrics)
    : log_(log),
      reloaded_(reloads(metrics, "ok")),
      not_reloaded_(reloads(metrics, "failed")),
      settings_(transports_settings(config)),
      tls_(load_tls_profiles(config)),
      commons_(*tls_, settings_.streams.limits) {}

void SipEdge::reload_tls(const std::vector<sip::TlsProfile>& profiles) {
  if (const auto read = tls_->reload(profiles); !read) {
    not_reloaded_.add();
    return log_.error("sip.tls_not_reloaded",
                      {{"error", read.error()}, {"effect", "the certificates that were in use stay in use"}});
  }
  reloaded_.add();
  if (!profiles.empty()) log_.info("sip.tls_reloaded", {{"profiles", profiles.size()}});
}

}  // namespace warp::app
