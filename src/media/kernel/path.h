// KernelPath: plain RTP flows forwarded by an eBPF program at tc ingress, past the sockets. ADR 0046.
//
// User space stays the authority: sockets stay bound, and whatever is not an installed flow's own packet
// (RTCP, STUN, DTLS, another source, telephone-event, fragments, too short, not RTP version 2) reaches them
// as ever. A flow has one exact source; a packet that matches gets new addresses and ports and leaves by the
// interface of its next hop. Maps and programs are pinned below Settings::pins and the filter is clsact's:
// both outlive the process, and start() takes over what is there; flows() then says what runs, adopt() keeps
// it, and what nobody adopted within free_orphans() is removed.
//
// What stays on this machine (both peers are local addresses) is rewritten on `lo` and delivered there; a
// flow with one local peer is not for the kernel.
//
// Threads: start() once; install(), adopt(), remove(), pause() any thread (system calls: the first two ask
// for the route, ~10 us, the others ~1 us); counters() any thread, from a mapped array. A thread of its own
// follows routes, links and addresses: a flow without a route leaves the kernel until there is one again, and
// keeps its counters. When the last flow has gone, the destructor takes filter and pins away; otherwise they
// stay.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/base/result.h"
#include "warp/domain/address.h"
#include "warp/media/kernel_settings.h"

#include "quality/hearing.h"

namespace warp::media {

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

// Since install().
struct KernelCounters {
  std::uint64_t packets = 0, octets = 0;  // octets of UDP payload
  std::uint64_t expected = 0;             // packets, by the sequence numbers; at least what came in order
  std::uint64_t duplicates = 0, out_of_order = 0;
  std::uint16_t highest_sequence = 0;
  Heard heard = Heard::Unknown;  // in the last packet that was listened to
  std::uint32_t ssrc = 0;
  Monotonic last{};  // arrival of the last one
};

class KernelPath {
 public:
  using FlowId = std::uint32_t;
  enum class Refused : std::uint8_t {
    NoRoute,
    Local,   // one of the peers is this machine, the other is not; or they meet where no filter is
    Family,  // IPv4 here and IPv6 there, or a port of 0
    Full,
    Failed
  };

  // Null with `why` set: not here (capabilities, kernel, interface), in words for the log and the status
  // page. Mode Off: null too, after what an earlier process left has been taken away.
  static std::unique_ptr<KernelPath> start(const KernelSettings& settings,
                                           const std::vector<domain::IpAddress>& addresses, log::Logger& log,
                                           metrics::Registry& registry, std::string& why);
  virtual ~KernelPath() = default;

  // What was at `local` before is replaced.
  virtual Result<FlowId, Refused> install(const KernelFlow& flow) = 0;
  // The flow as the process before left it, with its counters, when it is the same; otherwise as install().
  virtual Result<FlowId, Refused> adopt(const KernelFlow& flow) = 0;
  // What the process before left at this local address and nobody has adopted yet.
  virtual std::optional<KernelFlow> left_behind(const domain::SocketAddress& local) const = 0;
  virtual KernelCounters remove(FlowId id) = 0;  // the last counters
  virtual void pause(FlowId id) = 0;             // to the socket from now on, until it is removed
  virtual KernelCounters counters(FlowId id) const = 0;
  virtual void free_orphans() = 0;
  virtual std::size_t flows() const = 0;  // orphans too
};
std::string_view to_string(KernelPath::Refused refused);  // the metric's label

}  // namespace warp::media
