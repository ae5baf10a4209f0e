#include "treat/half.h"

namespace warp::media {
void Half::packet(std::span<std::byte> buffer, std::size_t size) {
  const auto payload = size - rtp::kFixedHeaderBytes;
  if (shut || withdrawn || !side->to_rtp) return;
  if (secure != nullptr) {
    const auto made = secure->protect(buffer, size);
    if (!made) {
      if (secure->ready()) metrics->srtp_failed(made.error());
      return;
    }
    size = *made;
  }
  if (wire->send(*side, StreamWire::Kind::Rtp, buffer.first(size))) outlet.sent(payload);
}

bool Half::send_rtcp(std::span<std::byte> buffer, std::size_t size) {
  if (shut || withdrawn) return false;
  if (secure != nullptr) {
    const auto made = secure->protect_rtcp(buffer, size);
    if (!made) {
      if (secure->ready()) metrics->srtp_failed(made.error());
      return false;
    }
    size = *made;
  }
  return wire->send(*side, StreamWire::Kind::Rtcp, buffer.first(size));
}

void Half::publish_srtp() {
  side->srtp.set(secure != nullptr ? secure->memory() : domain::SrtpMemory{});
}

void Half::tell(domain::MediaEventKind kind, char digit, std::chrono::milliseconds duration) {
  EventGate::post(side->session->events,
                  {.kind = kind, .side = which, .stream = stream, .digit = digit, .duration = duration});
}

}  // namespace warp::media
