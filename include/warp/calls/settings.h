// Settings of the call engine: what the configuration may change. The same for every shard.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "warp/sip/message/message.h"

namespace warp::calls {

// May new calls come? Calls in progress do not feel it.
enum class Admission : std::uint8_t {
  Ready,
  Draining,  // new INVITEs and out-of-dialog OPTIONS get 503 (Reason::NotReady)
};

struct Settings {
  std::string server = "WARP";               // Server and User-Agent header; empty: none
  std::string realm = "warp";                // of challenges where nothing else says one
  std::size_t max_calls_per_shard = 50'000;  // more: 503 (Reason::Overloaded)
  std::uint8_t max_forwards = 70;            // ceiling of what the far leg carries

  // Final answers of a far end after which the next candidate is tried; 3xx, 401 and 407 always are, since
  // neither a redirect nor a challenge of a carrier is the caller's business.
  std::vector<std::uint16_t> failover_statuses{408, 430, 500, 502, 503, 504, 580};
  // Until the first answer of any kind from a customer trunk's endpoint (a provider has its own).
  std::chrono::milliseconds trunk_attempt_timeout{5000};
  std::chrono::seconds retry_after{5};  // in 503 for limits and overload
  std::chrono::milliseconds t1{500};    // RFC 3261: paces the 200 until its ACK, for 64*T1
  // Bodies that INFO may carry from one side to the other; others get 415.
  std::vector<std::string> info_content_types{"application/dtmf-relay", "application/dtmf",
                                              "application/media_control+xml"};
  std::chrono::seconds unknown_source_log_interval{10};  // one line at most in this time, with the count
};

// What the engine understands; goes out as Allow.
inline constexpr std::string_view kAllowedMethods = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO";

}  // namespace warp::calls
