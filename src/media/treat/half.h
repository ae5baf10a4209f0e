// Half: one side of a treated stream: what it sends, understood, and what it is sent, made. Made off the
// worker with its treatment, and from then on the worker's.
#pragma once

#include <memory>
#include <optional>

#include "warp/domain/media_port.h"
#include "warp/rtp/telephone_event.h"

#include "secure/secure_side.h"
#include "treat/clip_player.h"
#include "treat/digit_sender.h"
#include "treat/listener.h"
#include "treat/metrics.h"
#include "treat/outlet.h"
#include "treat/plan.h"
#include "treat/reports.h"
#include "treat/speaker.h"
#include "treat/wire.h"

namespace warp::media {

// An RFC 4733 event of the other side that is passed into a stream of our own coding.
struct PassedEvent {
  static constexpr std::chrono::milliseconds kSilence{200};
  bool seen = false, sounding = false;
  std::uint32_t source_timestamp = 0, timestamp = 0;
  Monotonic last{};
};

class Half final : public PacketSink {
 public:
  explicit Half(std::uint32_t ssrc) : outlet(ssrc) {}

  // Protects and sends what goes to this side. `buffer` has room behind the packet.
  void packet(std::span<std::byte> buffer, std::size_t size) override;
  bool send_rtcp(std::span<std::byte> buffer, std::size_t size);

  // Nothing of the other side is passed on: a clip or a digit is in its place.
  bool withheld() const { return clip != nullptr || digits.busy(); }
  bool event_sounds(Monotonic now) const {
    return passed.sounding && now - passed.last < PassedEvent::kSilence;
  }
  void set_clock() {
    if (terms != nullptr && !terms->formats.empty()) outlet.set_clock(terms->formats.front().clock_rate);
  }
  DigitWay digit_way() const { return terms != nullptr ? digits_of(*terms) : DigitWay::None; }
  void tell(domain::MediaEventKind kind, char digit = 0, std::chrono::milliseconds duration = {});
  void publish_srtp();

  Side* side = nullptr;
  StreamWire* wire = nullptr;
  TreatMetrics* metrics = nullptr;
  domain::MediaSide which{};
  std::size_t stream = 0;

  std::shared_ptr<const domain::MediaTerms> terms;
  std::unique_ptr<SecureSide> secure;
  bool handshake_started = false;
  bool exhausted_told = false;
  bool shut = false;  // it is to be encrypted, and cannot be: nothing goes or comes
  std::optional<domain::SocketAddress> nominated;  // on the RTP port
  bool withdrawn = false;  // its consent (RFC 7675): nothing is sent until its checks come again

  // What it says.
  std::unique_ptr<Listener> listener;
  std::optional<rtp::EventReceiver> events;
  std::uint32_t event_timestamp = 0;  // that its events have come to, and when
  Monotonic event_at{};
  bool fax_told = false;
  std::uint64_t late_told = 0, lost_told = 0;

  // What it is told.
  Outlet outlet;
  std::unique_ptr<Speaker> speaker;
  std::unique_ptr<ClipPlayer> clip;
  DigitSender digits;
  PassedEvent passed;
  std::optional<std::uint8_t> noise;  // level of the CN that it was sent last, since the other side rests
  Monotonic noise_at{};
  Reports reports;
};

}  // namespace warp::media
