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
  start_dtls(from, now);
  return Drop::None;
}

}  // namespace warp::media
