// The kernel path's metrics. Counters follow totals that the kernel keeps, at every scrape.
#pragma once

#include <array>

#include "path.h"

namespace warp::media {

struct KernelTotals {
  std::size_t flows = 0;
  std::uint64_t packets = 0, octets = 0;
};

class KernelMetrics {
 public:
  explicit KernelMetrics(metrics::Registry& registry);

  void refused(KernelPath::Refused why) { refused_[static_cast<std::size_t>(why)]->add(); }
  // One thread at a time. `passes`: the descriptor of the map of packets that were not forwarded.
  void show(const KernelTotals& totals, int passes);

 private:
  static constexpr std::size_t kReasons = 5, kPasses = 5;
  metrics::Gauge& flows_;
  metrics::Counter &packets_, &octets_;
  std::array<metrics::Counter*, kReasons> refused_{};  // by KernelPath::Refused
  std::array<metrics::Counter*, kPasses> passed_{};    // by relay_passed
  KernelTotals shown_;
  std::array<std::uint64_t, kPasses> shown_passes_{};
};

// warp_media_kernel_state: 1 at what it is.
enum class KernelState : std::uint8_t { Off, Unavailable, Running };
void show_kernel_state(metrics::Registry& registry, KernelState state);

}  // namespace warp::media
