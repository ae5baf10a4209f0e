// ICE, DTLS and SRTP of a treated stream: who may speak, and how keys come to be.
#include "treat/treatment.h"

namespace warp::media {
namespace {

// What is answered goes to where the question came from; what is begun, to where the side receives.
class SecuredOut final : public Dtls::Out {
 public:
  SecuredOut(Half& half, StreamWire::Kind kind, const domain::SocketAddress* source)
      : half_(half), kind_(kind), source_(source) {}

  void datagram(std::span<const std::byte> bytes) override {
    if (source_ != nullptr)
      half_.wire->answer(*half_.side, kind_, *source_, bytes);
    else
      half_.wire->send(*half_.side, kind_, bytes);
  }

 private:
  Half& half_;
  StreamWire::Kind kind_;
  const domain::SocketAddress* source_;
};

}  // namespace

// Handshakes and checks. nullopt: the datagram is neither, and its source may be believed.
std::optional<Drop> Treatment::receive_control(Half& from, const Socket& socket,
                                               std::span<const std::byte> data,
                                               const domain::SocketAddress& source, Monotonic now) {
  if (from.shut) return Drop::Secured;
  const auto kind = rtp::classify(data);
  if (from.secure == nullptr)
    return kind == rtp::Kind::Stun || kind == rtp::Kind::Dtls ? std::optional(Drop::Malformed) : std::nullopt;
  const bool proven = from.secure->ice() != nullptr || from.side->guard.trusts_ip(source.ip);
  if (kind == rtp::Kind::Dtls) {
    // There is one association, and it is on the RTP port.
    if (socket.rtcp) return Drop::Malformed;
    if (!proven && !from.side->symmetric) return Drop::Source;
  }
  SecuredOut out(from, socket.rtcp ? StreamWire::Kind::Rtcp : StreamWire::Kind::Rtp, &source);
  switch (from.secure->control(data, source, out, now, proven)) {
    case SecureSide::Control::NotMine:
      if (believed(from, source)) return std::nullopt;
      return Drop::Secured;
    case SecureSide::Control::Taken:
      return Drop::None;
    case SecureSide::Control::Nominated:
      nominated(from, socket, source, now);
      return Drop::None;
    case SecureSide::Control::Secured:
      handshake_ended(from, true);
      return Drop::None;
    case SecureSide::Control::Failed:
      handshake_ended(from, false);
      return Drop::None;
    case SecureSide::Control::Anew:
      from.handshake_started = false;
      start_handshake(from, now);
      return Drop::Secured;
  }
  return Drop::None;
}

// A peer that was found by a process before goes on until its next check.
bool Treatment::believed(const Half& half, const domain::SocketAddress& source) {
  const auto& guard = half.side->guard;
  return half.secure->believes(source) ||
         (half.secure->ice() != nullptr && guard.learned() && guard.destination() == source);
}

void Treatment::nominated(Half& half, const Socket& socket, const domain::SocketAddress& source,
                          Monotonic now) {
  Side& side = *half.side;
  if (socket.rtcp) {
    side.to_rtcp = Destination(source, socket.v6);
    side.rtcp_learned = true;
    return;
  }
  half.nominated = source;
  side.guard.nominate(source, now);
  side.learned.set(source);
  aim(side, socket.v6);
  start_handshake(half, now);
}

void Treatment::start_handshake(Half& half, Monotonic now) {
  if (half.secure == nullptr || half.handshake_started || !half.side->to_rtp) return;
  if (half.secure->dtls() == nullptr) return;
  // Before its checks there is nobody to shake hands with.
  if (half.secure->ice() != nullptr && !half.nominated) return;
  half.handshake_started = true;
  SecuredOut out(half, StreamWire::Kind::Rtp, nullptr);
  if (half.secure->start(out, now) == SecureSide::Control::Failed) handshake_ended(half, false);
}

void Treatment::tick_handshake(Half& half, Monotonic now) {
  if (half.secure == nullptr || !half.secure->handshaking()) return;
  SecuredOut out(half, StreamWire::Kind::Rtp, nullptr);
  const auto news = half.secure->tick(out, now);
  if (news == SecureSide::Control::Secured) handshake_ended(half, true);
  if (news == SecureSide::Control::Failed) handshake_ended(half, false);
}

void Treatment::handshake_ended(Half& half, bool good) {
  (good ? metrics_->handshakes_done : metrics_->handshakes_failed).add();
  half.tell(good ? domain::MediaEventKind::Secured : domain::MediaEventKind::SecurityFailed);
  tell_state(half);
}

void Treatment::tell_state(Half& half) {
  if (half.secure == nullptr || !half.secure->moved()) return;
  half.publish_srtp();
  half.tell(domain::MediaEventKind::StateMoved);
}

void Treatment::not_opened(Half& from, srtp::Error error) {
  if (from.secure->ready()) metrics_->srtp_failed(error);
  if (error != srtp::Error::Exhausted || std::exchange(from.exhausted_told, true)) return;
  from.tell(domain::MediaEventKind::SecurityFailed);
}

void Treatment::wear_secure(Half& half, Outfit::Part& part, Monotonic now) {
  if (part.secure.made) {
    auto before = std::move(half.secure);
    half.secure = std::move(part.secure.value);
    half.exhausted_told = false;
    if (half.secure != nullptr && before != nullptr) half.secure->take_over(*before);
    half.handshake_started = half.secure != nullptr && half.secure->dtls() != nullptr &&
                             half.secure->dtls()->state() != Dtls::State::Waiting;
    half.publish_srtp();
  }
  const bool shut = plan_.secure[half.which == domain::MediaSide::A ? 0 : 1] && half.secure == nullptr;
  if (shut && !half.shut) half.tell(domain::MediaEventKind::SecurityFailed);
  half.shut = shut;
  if (half.secure == nullptr) return;
  const IceLite* ice = half.secure->ice();
  if (ice == nullptr || !ice->nominated()) half.nominated.reset();
  // The signalled address may have become another one meanwhile; the checks know better.
  if (half.nominated) {
    half.side->guard.nominate(*half.nominated, now);
    half.side->learned.set(*half.nominated);
    aim(*half.side, half.nominated->ip.v6);
  }
  start_handshake(half, now);
}

}  // namespace warp::media
