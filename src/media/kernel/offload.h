// Offload: takes the plain flows of a worker's sessions into the kernel and back.
//
// The worker calls consider() for a side that it looks at in its sweep, refresh() before it asks whether the
// media timeout strikes and before counters are told, and release() before anything about the side or its
// peer changes (set_remote, learning, tap, clip, end): afterwards both directions run through the sockets.
// Nothing is lost on the way in or out, since the sockets stay open and an entry is there for a packet or it
// is not. Sessions that are not plain say so in FlowWatch. Without a path all of it does nothing. The calling
// worker's.
#pragma once

#include "warp/base/clock.h"

#include "path.h"

namespace warp::media {

struct Side;

// Of RTP that came to a side, and of that what was sent on from its peer's port.
struct SideTotals {
  std::uint64_t packets_received = 0, octets_received = 0;
  std::uint64_t packets_passed_on = 0, octets_passed_on = 0;
};
// With what the kernel forwarded up to now. Any thread.
SideTotals totals_of(const Side& side, const KernelPath* path);

// What comes to the side or goes to it runs through the sockets when this returns, ahead of a change that the
// worker is going to be told of. Any thread; null: nothing to do.
void pause_flows(const Side& side, KernelPath* path);

class Offload {
 public:
  // Null: everything stays in user space. `path` outlives this.
  Offload(KernelPath* path, std::uint8_t dscp) : path_(path), dscp_(dscp) {}

  bool works() const { return path_ != nullptr; }

  // Installs what comes to `side`, if it has settled, or adopts what an earlier process installed.
  void consider(Side& side, Monotonic now);
  // Both directions back to the sockets; the counters are told for the last time.
  void release(Side& side);
  // Counters and the time of the last packet, as the kernel has them. A source that has moved is installed
  // anew.
  void refresh(Side& side, Monotonic now);

 private:
  static constexpr std::chrono::seconds kRetry{5};

  bool may(const Side& side, Monotonic now) const;
  bool adopt(Side& side);
  KernelFlow flow_for(const Side& side, const domain::SocketAddress& source) const;
  static void hold(Side& side, KernelPath::FlowId id);
  void drop(Side& side);
  static void tell(Side& side, const KernelCounters& counters);

  KernelPath* path_;
  std::uint8_t dscp_;
};

}  // namespace warp::media
