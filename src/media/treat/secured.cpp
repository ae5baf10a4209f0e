// ICE and DTLS of a treated stream: who may speak, and how keys come to be.
#include "treat/treatment.h"

namespace warp::media {
namespace {

// Handshake datagrams go where the peer's last one came from, or where it was signalled.
class HandshakeOut final : public Dtls::Out {
 public:
  HandshakeOut(Half& half, const domain::SocketAddress* source) : half_(half), source_(source) {}

  void datagram(std::span<const std::byte> bytes) override {
    if (source_ != nullptr)
      half_.wire->answer(*half_.side, Wire::Kind::Rtp, *source_, bytes);
    else
      half_.wire->send(*half_.side, Wire::Kind::Rtp, bytes);
  }

 private:
  Half& half_;
  const domain::SocketAddress* source_;
};

}  // namespace

bool Treatment::checked(Half& half, const domain::SocketAddress& source) {
  const IceLite* ice = half.secure->ice();
  return ice == nullptr || ice->valid(source);
}

Drop Treatment::receive_stun(Half& from, const Socket& socket, std::span<const std::byte> message,
                             const domain::SocketAddress& source, Monotonic now) {
  IceLite* ice = from.secure != nullptr ? from.secure->ice() : nullptr;
  if (ice == nullptr) return Drop::Malformed;
  std::array<std::byte, IceLite::kMostResponse> out;
  const auto answer = ice->receive(message, source, out, now);
  if (answer.size == 0) return Drop::Secured;
  from.wire->answer(*from.side, socket.rtcp ? Wire::Kind::Rtcp : Wire::Kind::Rtp, source,
                    std::span(out).first(answer.size));
  if (!answer.nominated) return Drop::None;
  if (socket.rtcp) {
    from.side->to_rtcp = Destination(source, socket.v6);
    from.side->rtcp_learned = true;
    return Drop::None;
  }
  from.side->guard.nominate(source, now);
  from.side->learned.set(source);
  aim(*from.side, socket.v6);
  // Who is active had nowhere to send to.
  start_dtls(from, now);
  return Drop::None;
}

void Treatment::start_dtls(Half& half, Monotonic now) {
  Dtls* dtls = half.secure != nullptr ? half.secure->dtls() : nullptr;
  if (dtls == nullptr || half.handshake_started || !half.side->to_rtp) return;
  const IceLite* ice = half.secure->ice();
  if (ice != nullptr && !ice->nominated()) return;
  half.handshake_started = true;
  HandshakeOut out(half, nullptr);
  dtls->start(out, now);
}

Drop Treatment::receive_dtls(Half& from, std::span<const std::byte> record,
                             const domain::SocketAddress& source, Monotonic now) {
  Dtls* dtls = from.secure != nullptr ? from.secure->dtls() : nullptr;
  if (dtls == nullptr) return Drop::Malformed;
  if (!checked(from, source)) return Drop::Secured;
  if (from.secure->ice() == nullptr && !from.side->symmetric && !from.side->guard.trusts_ip(source.ip))
    return Drop::Source;
  HandshakeOut out(from, &source);
  dtls->receive(record, source, out, now);
  after_dtls(from, now);
  want_ticks(now);
  return Drop::None;
}

void Treatment::tick_dtls(Half& half, Monotonic now) {
  Dtls* dtls = half.secure != nullptr ? half.secure->dtls() : nullptr;
  if (dtls == nullptr || dtls->state() != Dtls::State::Handshaking) return;
  HandshakeOut out(half, nullptr);
  dtls->tick(out, now);
  after_dtls(half, now);
}

void Treatment::after_dtls(Half& half, Monotonic now) {
  (void)now;
  const Dtls* dtls = half.secure->dtls();
  if (half.handshake_told || dtls == nullptr) return;
  if (dtls->state() == Dtls::State::Failed) {
    half.handshake_told = true;
    metrics_->handshakes_failed.add();
    half.tell(domain::MediaEventKind::SecurityFailed);
  } else if (dtls->state() == Dtls::State::Done) {
    half.handshake_told = true;
    metrics_->handshakes_done.add();
    half.publish_srtp();
    half.tell(domain::MediaEventKind::Secured);
    half.tell(domain::MediaEventKind::StateMoved);
  }
}

void Treatment::wear_secure(Half& half, Outfit::Part& part, Monotonic now) {
  if (part.secure.made) {
    half.secure = std::move(part.secure.value);
    half.handshake_started = half.handshake_told = false;
  } else if (half.secure != nullptr && half.terms != nullptr) {
    half.secure->rekey(*half.terms, now);
  }
  if (half.secure != nullptr) {
    if (const IceLite* ice = half.secure->ice(); ice != nullptr && ice->nominated()) {
      half.side->guard.nominate(*ice->nominated(), now);
      aim(*half.side, half.side->ports->rtp.v6);
    }
    start_dtls(half, now);
  }
  half.publish_srtp();
}

}  // namespace warp::media
