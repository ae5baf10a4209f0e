// MediaPort: what calls ask of the media engine. Implemented by `media`.
//
// All functions are non-blocking and callable from any signalling shard. A session has two sides, A (towards
// the caller) and B (towards the callee), and one to kMaxStreams streams (the RTP m-lines). A side's local
// ports exist from open() on; packets that come before the other side's remote address is known are counted
// and dropped.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "warp/base/executor.h"
#include "warp/base/result.h"
#include "warp/base/uuid.h"
#include "warp/domain/address.h"
#include "warp/domain/call_record.h"

namespace warp::domain {

enum class MediaSide : std::uint8_t { A, B };
constexpr MediaSide other(MediaSide side) {
  return side == MediaSide::A ? MediaSide::B : MediaSide::A;
}

enum class MediaError : std::uint8_t { PortsExhausted, NoAddressOfFamily, Stopping };

struct MediaSidePolicy {
  bool v6 = false;             // address family of this side's local ports
  bool symmetric_rtp = false;  // learn the peer's address from its first valid RTP packets
  std::uint8_t network = 0;    // whose local addresses it has; 0: the default one
};

struct MediaSessionRequest {
  CallId call;
  std::uint8_t streams = 1;  // 1..kMaxStreams
  std::array<MediaSidePolicy, 2> sides;
  std::chrono::seconds timeout{60};  // no RTP from either side for this long; 0: never
};

// Local RTP address of a stream as the peer shall see it (advertised); RTCP is port + 1.
struct MediaStreamLocal {
  SocketAddress rtp;
};

// Where a side wants its packets.
struct MediaStreamRemote {
  SocketAddress rtp;   // port 0: stream not used
  SocketAddress rtcp;  // port 0: none
  bool rtcp_mux = false;
  // May this side fall silent without it meaning anything (hold: sendonly/recvonly/inactive)?
  bool expect_rtp = true;
  // Not RTP (T.38 over UDPTL): passed on unread, believed by its address alone; anything counts as a sign of
  // life.
  bool opaque = false;
};

// What a session was, for a process that comes after this one.
struct MediaStreamMemory {
  std::array<std::uint16_t, 2> ports{};  // local RTP ports, by side
  std::array<MediaStreamRemote, 2> remotes{};
  std::array<SocketAddress, 2> learned{};  // where a symmetric side turned out to be; port 0: not yet
};
struct MediaMemory {
  MediaSessionRequest request;
  std::vector<MediaStreamMemory> streams;
};

// Clock rates by payload type, for jitter; 0 = unknown.
using ClockRates = std::array<std::uint32_t, 128>;

struct MediaStatistics {
  std::array<LegMedia, 2> sides;  // packets of all streams added up; jitter, RTT and loss of the first stream
};

class MediaSession {
 public:
  static constexpr std::size_t kMaxStreams = 4;
  // Destroying the handle releases the ports (with delayed reuse) and forgets the session.
  virtual ~MediaSession() = default;

  virtual MediaStreamLocal local(MediaSide side, std::size_t stream) const = 0;
  // Tells where `side` receives; again after a re-INVITE (a new address resets learning on that side).
  virtual void set_remote(MediaSide side, std::size_t stream, const MediaStreamRemote& remote,
                          std::shared_ptr<const ClockRates> clock_rates) = 0;
  // Opens more streams, up to `streams` altogether; false when there are no ports for them, and then nothing
  // has changed.
  virtual bool grow(std::size_t streams) = 0;
  // The counters as they stand now; exact after the last packet was relayed.
  virtual MediaStatistics statistics() const = 0;
  virtual MediaMemory memory() const = 0;
};

class MediaPort {
 public:
  virtual ~MediaPort() = default;
  // `on_timeout` is posted to `where` once, when the media timeout strikes; it is dropped when the session
  // goes.
  virtual Result<std::unique_ptr<MediaSession>, MediaError> open(const MediaSessionRequest& request,
                                                                 Executor& where,
                                                                 std::function<void()> on_timeout) = 0;
  // The same session again, on exactly the ports that it had; PortsExhausted when one of them is not to be
  // had.
  virtual Result<std::unique_ptr<MediaSession>, MediaError> reopen(const MediaMemory& memory, Executor& where,
                                                                   std::function<void()> on_timeout) = 0;
};

}  // namespace warp::domain
