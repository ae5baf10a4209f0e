#include "kernel_metrics.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <numeric>

#include "relay_map.h"

namespace warp::media {
namespace {

constexpr std::array<const char*, RELAY_PASSED_KINDS> kPassedBecause = {"source", "rtcp", "event", "shape",
                                                                        "hops"};
constexpr std::array<const char*, 3> kKernelStates = {"off", "unavailable", "running"};

}  // namespace

KernelMetrics::KernelMetrics(metrics::Registry& registry)
    : flows_(registry.gauge("warp_media_kernel_flows", "Flows that the kernel forwards, one a direction.")),
      packets_(registry.counter("warp_media_kernel_packets_total", "RTP packets that the kernel forwarded.")),
      octets_(registry.counter("warp_media_kernel_octets_total",
                               "UDP payload octets that the kernel forwarded.")) {
  static_assert(kPasses == RELAY_PASSED_KINDS);
  for (std::size_t i = 0; i < kReasons; ++i)
    refused_[i] = &registry.counter(
        "warp_media_kernel_refused_total", "Flows that the kernel path did not take, by reason.",
        {{"reason", std::string(to_string(static_cast<KernelPath::Refused>(i)))}});
  for (std::size_t i = 0; i < kPasses; ++i)
    passed_[i] = &registry.counter("warp_media_kernel_passed_total",
                                   "Packets that came to a flow's port and went to its socket, by reason.",
                                   {{"reason", kPassedBecause[i]}});
}

void KernelMetrics::show(const KernelTotals& totals, int passes) {
  flows_.set(static_cast<double>(totals.flows));
  packets_.add(totals.packets - shown_.packets);
  octets_.add(totals.octets - shown_.octets);
  shown_ = totals;
  std::vector<std::uint64_t> by_cpu(static_cast<std::size_t>(std::max(libbpf_num_possible_cpus(), 1)));
  for (std::uint32_t i = 0; i < kPasses; ++i) {
    if (bpf_map_lookup_elem(passes, &i, by_cpu.data()) != 0) continue;
    const auto sum = std::accumulate(by_cpu.begin(), by_cpu.end(), std::uint64_t{0});
    passed_[i]->add(sum - shown_passes_[i]);
    shown_passes_[i] = sum;
  }
}

void show_kernel_state(metrics::Registry& registry, KernelState state) {
  for (std::size_t i = 0; i < kKernelStates.size(); ++i)
    registry
        .gauge("warp_media_kernel_state", "1 at the state of the kernel path: off, unavailable or running.",
               {{"state", kKernelStates[i]}})
        .set(i == static_cast<std::size_t>(state) ? 1 : 0);
}

}  // namespace warp::media
