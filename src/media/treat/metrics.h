// What is counted of treated streams. Names are listed in the room's README.md.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "warp/base/metrics.h"
#include "warp/srtp/session.h"

namespace warp::media {

// The dearest thing that is done to a stream.
enum class TreatKind : std::uint8_t { Pass, Map, Secure, Recode, Fax };
inline constexpr std::size_t kTreatKinds = 5;
std::string_view to_string(TreatKind kind);  // the metric's label

struct TreatMetrics {
  explicit TreatMetrics(metrics::Registry& registry);

  std::array<metrics::Gauge*, kTreatKinds> streams{};
  static constexpr std::size_t kSrtpErrors = static_cast<std::size_t>(srtp::Error::TooMany) + 1;
  std::array<metrics::Counter*, kSrtpErrors> srtp_failures{};  // by srtp::Error
  metrics::Counter &handshakes_done, &handshakes_failed;
  metrics::Counter &digits_events, &digits_tones, &digits_info, &digits_lost;
  metrics::Counter& clips;
  metrics::Counter &jitter_late, &jitter_lost;
  void srtp_failed(srtp::Error error) { srtp_failures[static_cast<std::size_t>(error)]->add(); }
};

}  // namespace warp::media
