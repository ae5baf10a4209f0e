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
#include <span>
#include <string>
#include <vector>

#include "warp/base/executor.h"
#include "warp/base/result.h"
#include "warp/base/uuid.h"
#include "warp/domain/address.h"
#include "warp/domain/call_record.h"
#include "warp/domain/e_model.h"
#include "warp/domain/media_terms.h"

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
  // What is agreed beyond the address; null: every payload passes as it is, in the clear. Two sides whose
  // terms ask for no work are relayed as if they had none.
  std::shared_ptr<const MediaTerms> terms = {};
};

// SRTP of one side as it stands: keys (also those that DTLS made) and where their packets are.
struct SrtpStreamMemory {
  std::uint32_t ssrc = 0, rollover = 0, rtcp_index = 0;
  std::uint16_t highest = 0;
};
struct SrtpMemory {
  SrtpKeys send, receive;
  std::vector<SrtpStreamMemory> sent, received;
};

// What a session was, for a process that comes after this one.
struct MediaStreamMemory {
  std::array<std::uint16_t, 2> ports{};  // local RTP ports, by side
  std::array<MediaStreamRemote, 2> remotes{};
  std::array<SocketAddress, 2> learned{};  // where a symmetric side turned out to be; port 0: not yet
  std::array<SrtpMemory, 2> srtp{};        // by side; suite None: in the clear
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

// Audio to be played: mono, whole in memory, shared by all calls that play it.
struct MediaClip {
  std::string name;
  std::uint32_t sample_rate = 16000;
  std::vector<std::int16_t> samples;
};

enum class MediaEventKind : std::uint8_t {
  Digit,           // of `side`, once it has ended; only when the other side's terms say INFO
  ClipEnded,       // towards `side`: played to its end, or it cannot be played there
  Secured,         // the DTLS handshake of `side` is done
  SecurityFailed,  // it failed: fingerprint, alert, or nothing within its time; or a key's lifetime is over
  FaxTone,         // CNG or CED in the audio of `side`
  StateMoved,      // memory() has changed so that it must be written down again
  Unheard,         // one-way audio: nothing comes of `side`, while the other is heard
  Silent,          // what comes of `side` is silence
  HeardAgain,      // after either; `duration`: how long it lasted
};
struct MediaEvent {
  MediaEventKind kind{};
  MediaSide side{};
  std::size_t stream = 0;
  char digit = 0;
  std::chrono::milliseconds duration{0};
};

// Where a datagram came from, and to which of our ports.
struct TapOrigin {
  SocketAddress source, local;
  bool rtcp = false;
};

// Gets a copy of what comes from the two sides, in the clear, in the order of its coming. Called by the media
// worker: must return at once, whatever happens to what it does with the packet.
class MediaTap {
 public:
  virtual ~MediaTap() = default;
  virtual void packet(MediaSide from, std::size_t stream, std::span<const std::byte> datagram,
                      const TapOrigin& origin, Monotonic at) noexcept = 0;
  // Before the first packet, and whenever they change.
  virtual void terms(MediaSide of, std::size_t stream,
                     const std::shared_ptr<const MediaTerms>& terms) noexcept = 0;
};

// Of the certificate that this daemon shows in DTLS handshakes (RFC 8122).
struct MediaFingerprint {
  std::string hash = "sha-256";
  std::vector<std::byte> digest;
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
  // The call is answered: from now on both sides are to be heard where they may talk (expect_rtp), and what
  // comes of each is coded like this (nullopt: no score). Again when the codecs change.
  virtual void judge(const std::array<std::optional<VoiceCodec>, 2>& codecs) { (void)codecs; }

  // Events are posted to the executor of open(); replaces the handler before.
  virtual void observe(std::function<void(const MediaEvent&)> on_event) { (void)on_event; }
  // The clip instead of what the other side sends, in the codec that the side is sent; a new one replaces the
  // one that plays. False: nothing can be played there (no terms, no codec of ours), and ClipEnded does not
  // come.
  virtual bool play(MediaSide towards, std::shared_ptr<const MediaClip> clip, bool loop) {
    return (void)towards, (void)clip, (void)loop, false;
  }
  virtual void stop_clip(MediaSide towards) { (void)towards; }  // no ClipEnded
  // As that side's terms say: RFC 4733 or tones. False: it can take neither; INFO is the caller's work.
  virtual bool send_digit(MediaSide towards, char digit, std::chrono::milliseconds duration) {
    return (void)towards, (void)digit, (void)duration, false;
  }
  // A datagram of the owner's own from this side's RTP port (RTCP port), past everything else that the
  // session does; any thread, while the session lives. False: the kernel took it not.
  virtual bool send(MediaSide from, std::size_t stream, bool rtcp, std::span<const std::byte> datagram,
                    const SocketAddress& to) noexcept {
    return (void)from, (void)stream, (void)rtcp, (void)datagram, (void)to, false;
  }
  virtual void add_tap(std::shared_ptr<MediaTap> tap) { (void)tap; }
  virtual void remove_tap(const MediaTap* tap) { (void)tap; }
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
  // Empty digest: there is no DTLS here.
  virtual MediaFingerprint fingerprint() const { return {}; }
};

}  // namespace warp::domain
