// Settings of the call engine: what the configuration may change. The same for every shard.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "warp/base/money.h"
#include "warp/calls/overload.h"
#include "warp/calls/recorders.h"
#include "warp/sip/message/message.h"

namespace warp::calls {

// May new calls come? Calls in progress do not feel it.
enum class Admission : std::uint8_t {
  Ready,
  Draining,  // new INVITEs and out-of-dialog OPTIONS get 503 (Reason::NotReady)
};

// Numbers that call for help, and who takes such calls.
struct EmergencySettings {
  std::vector<std::string> numbers{"911", "112", "933"};          // as dialled
  std::vector<std::pair<std::string, std::string>> of_countries;  // country code of the trunk, number
  std::string partition;  // name or id of the one whose providers take them; empty: none
};

struct Settings {
  std::string server = "WARP";               // Server and User-Agent header; empty: none
  std::string realm = "warp";                // of challenges where nothing else says one
  std::size_t max_calls_per_shard = 50'000;  // more: 503 (Reason::Overloaded)
  std::uint8_t max_forwards = 70;            // ceiling of what the far leg carries

  // Until the first answer of any kind from a customer trunk's endpoint (a provider has its own).
  std::chrono::milliseconds trunk_attempt_timeout{5000};
  // How long a call waits for the DNS, a name.
  std::chrono::milliseconds name_timeout{2500};
  std::chrono::seconds retry_after{5};  // in 503 for limits and overload
  std::chrono::milliseconds t1{500};    // RFC 3261: paces the 200 until its ACK, for 64*T1
  // Bodies that INFO may carry from one side to the other; others get 415.
  std::vector<std::string> info_content_types{"application/dtmf-relay", "application/dtmf",
                                              "application/media_control+xml"};
  // A call of an earlier process goes on when that one died no longer ago than this; else both sides get a
  // BYE. 0: never.
  std::chrono::milliseconds recovery_window{5000};
  // Media network of a leg by its listener (sip::Flow::listener, domain::MediaSidePolicy::network); one that
  // is not listed has the default network.
  std::vector<std::uint8_t> media_networks;
  // Ahead of the end of what is held for a call more is asked for.
  std::chrono::milliseconds renew_before{5000};
  // Callers that hear at once why they are refused (MediaPolicy::refusal_clip); others are refused at once.
  unsigned refusal_clips_per_shard = 50;
  EmergencySettings emergency;
  RecorderSettings recorders;
  OverloadSettings overload;
  std::chrono::seconds unknown_source_log_interval{10};  // one line at most in this time, with the count
};

// What the engine understands; goes out as Allow.
inline constexpr std::string_view kAllowedMethods = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, PRACK, UPDATE";

}  // namespace warp::calls
