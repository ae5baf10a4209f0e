// What Server and Client share: ids, states, reasons, limits and the outcome of a request.
//
// Everything of this room belongs to the one thread that runs its net::Loop; nothing here is thread-safe.
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "warp/smpp/pdu/pdu.h"

namespace warp::smpp {

// One connection with one bind. Never used again by the same Server or Client, so that a late answer to a
// session that has ended meets nobody. 0: none.
struct SessionId {
  std::uint64_t value = 0;
  explicit operator bool() const { return value != 0; }
  friend auto operator<=>(const SessionId&, const SessionId&) = default;
};
struct SessionIdHash {
  std::size_t operator()(SessionId id) const noexcept { return std::hash<std::uint64_t>{}(id.value); }
};

enum class BindType : std::uint8_t { Transmitter, Receiver, Transceiver };
std::string_view to_string(BindType type);

enum class SessionState : std::uint8_t {
  Connecting,  // TLS handshake
  Open,
  Binding,  // the bind is being decided on
  BoundTx,
  BoundRx,
  BoundTrx,
  Unbound,  // an unbind is under way or done; no request is taken any more
  Closed,
};
inline constexpr std::size_t kSessionStates = 8;
std::string_view to_string(SessionState state);
constexpr bool is_bound(SessionState state) {
  return state == SessionState::BoundTx || state == SessionState::BoundRx || state == SessionState::BoundTrx;
}

enum class CloseReason : std::uint8_t {
  PeerClosed,   // without unbind
  PeerUnbound,  // its unbind
  Unbound,      // ours, answered or not
  Dropped,      // by close()
  BindRefused,
  BindTimeout,  // no bind, or no decision on it, in time
  NoEnquireResponse,
  Inactive,      // unbound by us because nothing but enquire_link came
  BadLength,     // command_length out of bounds
  Misbehaved,    // too much before a bind
  SlowReader,    // its write queue is full
  WriteStalled,  // not an octet was taken for write_timeout
  NetworkError,
  TlsFailed,
  ResolveFailed,
  ConnectFailed,
};
inline constexpr std::size_t kCloseReasons = 16;
std::string_view to_string(CloseReason reason);

// What happens to requests beyond the inbound window.
enum class Overflow : std::uint8_t {
  Throttle,      // ESME_RTHROTTLED at once
  PauseReading,  // TCP holds them back; enquire_link waits behind them
};

struct SessionLimits {
  std::size_t window_out = 10;  // requests of ours without a response
  std::size_t window_in = 100;  // requests of the peer that the owner has not answered
  Overflow overflow = Overflow::Throttle;
  std::chrono::milliseconds response_timeout{60'000};
  std::chrono::milliseconds enquire_interval{30'000};  // of silence; 0: never asks
  std::chrono::milliseconds enquire_timeout{10'000};
  std::chrono::milliseconds inactivity{0};  // without any other PDU; 0: no limit
  std::chrono::milliseconds unbind_timeout{5'000};
  // A peer that goes on after so many ESME_RTHROTTLED within a second is not read for a while.
  std::size_t throttle_burst = 100;
  std::chrono::milliseconds throttle_rest{200};
  std::uint32_t first_sequence = 1;
};

struct LinkLimits {
  std::size_t frame_octets = 65536;
  std::size_t write_octets = 1 << 20;  // queued; from half of it on nothing is read and no request sent
  std::chrono::milliseconds write_timeout{30'000};
  std::chrono::milliseconds linger{2'000};  // to get the last octets out
};

enum class Outcome : std::uint8_t {
  Answered,     // status says how, with generic_nack too
  BadResponse,  // answered with ESME_ROK, but the body cannot be read
  TimedOut,     // the octets may have left: ambiguous
  Closed,       // the session ended first; `left` says whether octets may have left
};
std::string_view to_string(Outcome outcome);

// Views are valid during the call.
struct Reply {
  Outcome outcome = Outcome::Answered;
  Status status = Status::Ok;
  std::string_view message_id = {};
  TlvList tlvs = {};
  const Pdu* pdu = nullptr;  // the response as a whole, when it could be read
  bool left = true;          // false: surely no octet of the request was sent
};
// Called once for every request that was taken, from the loop, never inside the call that sent it. Captures
// of up to 16 octets cost no allocation.
using Completion = std::function<void(const Reply& reply)>;

enum class SendError : std::uint8_t {
  NoSession,
  WrongState,  // not bound, or bound in the other direction
  WindowFull,
  Backlogged,  // the peer does not read: on_room() says when
  BadPdu,      // refused by the writer
};
std::string_view to_string(SendError error);

}  // namespace warp::smpp
