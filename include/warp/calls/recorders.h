// Recorders: who gets the calls that are recorded by SIPREC (RFC 7866), as the configuration names them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "warp/domain/recording_port.h"
#include "warp/sip/auth/digest.h"
#include "warp/sip/transport/locator.h"

namespace warp::calls {

struct RecorderTarget {
  std::string recorder;  // its name; several may bear it, and none too
  std::string user;      // of its URI; empty: none
  sip::Destination destination;
  std::uint32_t priority = 0;  // the lowest is tried first
  bool srtp = false;           // offered RTP/SAVP with keys in the description (RFC 4568)
  std::string tls_profile;     // sip.tls.profiles; empty: the default one
  // Our credentials; no username: none.
  std::string username, realm;
  sip::DigestSecret secret;
};

struct RecorderSettings {
  std::vector<RecorderTarget> targets;            // by priority
  std::chrono::milliseconds timeout{4000};        // until the final answer of a target
  std::optional<domain::RecordingForm> fallback;  // the file that is written when no target takes the call
};

}  // namespace warp::calls
