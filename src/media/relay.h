// What to do with a datagram: the decisions of the relay without its sockets. Called by the owning worker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "session_state.h"

namespace warp::media {

enum class Drop : std::uint8_t {
  None,
  Idle,        // the port belongs to no session
  Malformed,   // not RTP or RTCP
  TooLong,     // longer than the buffer
  Source,      // not from an address that is believed
  Unlearned,   // of a stranger under test
  NoRemote,    // the other side has told no address yet, or has none for this
  SendFailed,  // the kernel refused
};
inline constexpr std::size_t kDrops = 8;
std::string_view to_string(Drop drop);  // the metric's label

struct Arrival {
  Monotonic at;
  std::chrono::microseconds since_epoch;  // the same, for jitter
};

// Where a datagram goes. `counts_for`: the side whose sent counters it moves; null for RTCP.
struct Forward {
  Drop drop = Drop::None;
  int fd = -1;
  const Destination* to = nullptr;  // null: the socket is connected to it
  Side* counts_for = nullptr;
};

// `data` came to `socket` (whose side is set) from `source`.
Forward relay(const Socket& socket, std::span<const std::byte> data, const domain::SocketAddress& source,
              const Arrival& arrival);

// MediaSession::set_remote on the worker. A change of what is expected lets the timeout begin anew.
void set_remote(Side& side, const domain::MediaStreamRemote& remote,
                std::shared_ptr<const domain::ClockRates> clock_rates, Monotonic now);

// Where an earlier process had found a symmetric side.
void assume_learned(Side& side, const domain::SocketAddress& source, Monotonic now);

// True once, when the session's silence has lasted for its timeout.
bool timeout_strikes(SessionState& session, Monotonic now);

}  // namespace warp::media
