// KernelPath: plain RTP flows forwarded by an eBPF program at tc ingress, past the sockets. ADR 0046.
//
// User space stays the authority: sockets stay bound, and whatever is not an installed flow's own packet
// (RTCP, STUN, DTLS, another source, telephone-event, fragments, too short, not RTP version 2) reaches them
// as ever. A flow has one exact source; a packet that matches gets new addresses and ports and leaves by the
// interface of its next hop. Maps and programs are pinned below Settings::pins and the filter is clsact's:
// both outlive the process, and start() takes over what is there; flows() then says what runs, adopt() keeps
// it, and what nobody adopted within free_orphans() is removed.
//
// Threads: start() once; install(), remove(), move any thread (they are system calls on maps, ~1 µs);
// counters() any thread, from a mapped array.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/base/result.h"
#include "warp/domain/address.h"

namespace warp::media {

struct KernelSettings {
  enum class Mode : std::uint8_t { Off, Auto, Required };
  Mode mode = Mode::Auto;
  std::string pins = "/sys/fs/bpf/warp";
  std::uint32_t most_flows = 65536;
};

// One direction of one stream.
struct KernelFlow {
  domain::SocketAddress local;   // where it comes to: our bound address and port
  domain::SocketAddress source;  // the only one that is forwarded
  domain::SocketAddress from;    // what it leaves from: the other side's local address and port
  domain::SocketAddress destination;
  std::uint8_t dscp = 46;
  std::optional<std::uint8_t> to_user_space;  // payload type that is not forwarded (telephone-event)
  friend bool operator==(const KernelFlow&, const KernelFlow&) = default;
};

struct KernelCounters {
  std::uint64_t packets = 0, octets = 0;
  std::uint16_t highest_sequence = 0;
  std::uint32_t ssrc = 0;
  std::uint64_t lost_ns = 0;
  Monotonic last{};  // arrival of the last one
};

class KernelPath {
 public:
  using FlowId = std::uint32_t;
  enum class Refused : std::uint8_t { NoRoute, Local, Full, Failed };

  // Null with `why` set: not here (capabilities, kernel, interface), in words for the log and the status
  // page.
  static std::unique_ptr<KernelPath> start(const KernelSettings& settings,
                                           const std::vector<domain::IpAddress>& addresses, log::Logger& log,
                                           metrics::Registry& registry, std::string& why);
  virtual ~KernelPath() = default;

  virtual Result<FlowId, Refused> install(const KernelFlow& flow) = 0;
  virtual Result<FlowId, Refused> adopt(
      const KernelFlow& flow) = 0;  // as it was left by the process before; or install
  virtual void remove(FlowId id) = 0;
  virtual KernelCounters counters(FlowId id) const = 0;
  virtual void free_orphans() = 0;
  virtual std::size_t flows() const = 0;
};

}  // namespace warp::media
