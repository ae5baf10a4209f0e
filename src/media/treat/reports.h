// Reports: RTCP that the daemon ends itself, where SSRC and sequence towards a side are its own: what that
// side reports is read, and it gets reports of ours. A value of one thread.
#pragma once

#include <span>
#include <string_view>

#include "warp/base/clock.h"

#include "session_state.h"
#include "treat/outlet.h"

namespace warp::media {

class Reports {
 public:
  static constexpr std::chrono::seconds kEvery{5};
  static constexpr std::size_t kMost = 256;

  // Reads a compound of `side`. True: it says goodbye.
  bool read(Side& side, const Outlet& outlet, std::span<const std::byte> data, Monotonic now);
  bool due(Monotonic now) const { return now - last_ >= kEvery; }
  // A report to `side` about both directions; 0: there is nothing to report.
  std::size_t write(Side& side, const Outlet& outlet, std::string_view cname, bool bye,
                    std::span<std::byte> out, Monotonic now);

 private:
  Monotonic last_{};
  std::uint32_t sender_report_ = 0;  // the middle bits of the last SR that came
  Monotonic sender_report_at_{};
};

}  // namespace warp::media
