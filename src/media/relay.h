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
  Secured,     // SRTP, DTLS or STUN that is not authentic, or comes from where no check was good
};
inline constexpr std::size_t kDrops = 9;
std::string_view to_string(Drop drop);  // the metric's label

struct Arrival {
  Monotonic at;
  std::chrono::microseconds since_epoch;  // the same, for jitter
};

// Where a datagram goes. `counts_for`: the side whose sent counters it moves; null for RTCP. fd -1: nowhere,
// or a treatment has seen to it.
struct Forward {
  Drop drop = Drop::None;
  int fd = -1;
  const Destination* to = nullptr;  // null: the socket is connected to it
  Side* counts_for = nullptr;
};

// What came, and the room behind it that its treatment may use (srtp::kOverhead).
struct PacketRoom {
  std::span<std::byte> buffer;
  std::size_t size = 0;
  std::span<std::byte> data() const { return buffer.first(size); }
};

// `datagram` came to `socket` (whose side is set) from `source`.
Forward relay(const Socket& socket, const PacketRoom& datagram, const domain::SocketAddress& source,
              const Arrival& arrival);

// The steps of relay(), for streams that are treated in between. Is the source believed? Then the packet is
// counted, and what it teaches is learned.
Drop admit_rtp(Side& side, bool v6, std::size_t size, const rtp::Header& header,
               const domain::SocketAddress& source, const Arrival& arrival);
// The same for who has proven itself otherwise (ICE: any pair whose check was good): where it sends from does
// not matter, and nothing is learned from that.
void admit_proven(Side& side, std::size_t size, const rtp::Header& header,
                  const domain::SocketAddress& source, const Arrival& arrival);
Drop admit_rtcp(Side& side, const Socket& socket, std::span<const std::byte> data,
                const domain::SocketAddress& source);
Drop admit_opaque(Side& side, bool v6, std::size_t size, const domain::SocketAddress& source,
                  const Arrival& arrival);
// Counts a believed packet.
void account(Side& side, std::size_t size, const rtp::Header& header, const Arrival& arrival);
void count_received(Side& side);  // what its statistics say, for others to read
// Listens to one in many of them, in the clear.
void sample(Side& side, std::span<const std::byte> data, const rtp::Header& header, const Arrival& arrival);
// What a side says in reports that are passed end to end.
void read_reports(Side& side, std::span<const std::byte> data, const Arrival& arrival);
// Points what is sent to `side` at the guard's destination.
void aim(Side& side, bool v6);

// MediaSession::set_remote on the worker. A change of what is expected lets the timeout begin anew.
void set_remote(Side& side, const domain::MediaStreamRemote& remote,
                std::shared_ptr<const domain::ClockRates> clock_rates, Monotonic now);

// Where an earlier process had found a symmetric side.
void assume_learned(Side& side, const domain::SocketAddress& source, Monotonic now);

// True once, when the session's silence has lasted for its timeout.
bool timeout_strikes(SessionState& session, Monotonic now);

}  // namespace warp::media
