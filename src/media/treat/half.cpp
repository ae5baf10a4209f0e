#include "treat/half.h"

namespace warp::media {
namespace {

// The neighbours of a wrapped sequence number are told apart as long as less than this has gone by.
constexpr std::uint64_t kStateEvery = std::uint64_t{1} << 15;

}  // namespace

void Half::packet(std::span<std::byte> buffer, std::size_t size) {
  const auto payload = size - rtp::kFixedHeaderBytes;
  if (!side->to_rtp) return;
  if (secure != nullptr) {
    const auto made = secure->protect(buffer, size);
    if (!made) {
      if (secure->ready()) metrics->srtp_failed(made.error());
      return;
    }
    size = *made;
    if (++protected_ % kStateEvery == 0) count_protected();
  }
  if (wire->send(*side, Wire::Kind::Rtp, buffer.first(size))) outlet.sent(payload);
}

bool Half::send_rtcp(std::span<std::byte> buffer, std::size_t size) {
  if (secure != nullptr) {
    const auto made = secure->protect_rtcp(buffer, size);
    if (!made) {
      if (secure->ready()) metrics->srtp_failed(made.error());
      return false;
    }
    size = *made;
  }
  return wire->send(*side, Wire::Kind::Rtcp, buffer.first(size));
}

void Half::count_protected() {
  publish_srtp();
  tell(domain::MediaEventKind::StateMoved);
}

void Half::publish_srtp() {
  side->srtp.set(secure != nullptr ? secure->memory() : domain::SrtpMemory{});
}

void Half::tell(domain::MediaEventKind kind, char digit, std::chrono::milliseconds duration) {
  EventGate::post(side->session->events,
                  {.kind = kind, .side = which, .stream = stream, .digit = digit, .duration = duration});
}

}  // namespace warp::media
