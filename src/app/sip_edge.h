// SipEdge: what the SIP transports of all shards share: settings, certificates, the count of connections.
#pragma once

#include <memory>

#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/sip/transport/stream_commons.h"
#include "warp/sip/transport/transports.h"

#include "app/config.h"

namespace warp::app {

class SipEdge {
 public:
  // Throws std::runtime_error with a sentence for people when a certificate cannot be used.
  SipEdge(const Config& config, log::Logger& log, metrics::Registry& metrics);

  const sip::SipTransportsSettings& settings() const { return settings_; }
  sip::StreamCommons& commons() { return commons_; }
  // Reads all certificates anew; what cannot be used leaves those that were. Connections go on as they are.
  void reload_tls(const std::vector<sip::TlsProfile>& profiles);

 private:
  log::Logger& log_;
  metrics::Counter &reloaded_, &not_reloaded_;
  sip::SipTransportsSettings settings_;
  std::unique_ptr<sip::TlsProfiles> tls_;
  sip::StreamCommons commons_;
};

}  // namespace warp::app
