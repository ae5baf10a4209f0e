#include <algorithm>

#include "warp/fax/udptl.h"

namespace warp::fax {

UdptlSender::UdptlSender(bool redundancy, std::size_t most_octets)
    : redundancy_(redundancy), most_octets_(std::min(most_octets, kMostUdptlOctets)) {}

std::span<const std::byte> UdptlSender::earlier(unsigned back) const {
  const auto& sent = history_[(sent_ - back) % kHistory];
  return std::span(sent.octets).first(sent.size);
}

// Only over packets that were sent: a receiver cannot repair with what never was.
void UdptlSender::add_parities(UdptlDatagram& datagram) {
  const unsigned span = sent_ < kDepth ? 1 : kDepth;
  const unsigned entries = std::min(kDepth, sent_ / span);
  datagram.parity = true;
  datagram.span = static_cast<std::uint8_t>(span);
  datagram.entries = static_cast<std::uint8_t>(entries);
  for (unsigned m = 0; m < entries; ++m) {
    auto& parity = parities_[m];
    std::size_t longest = 0;
    for (unsigned k = 1; k <= span; ++k) {
      const auto packet = earlier(k * entries - m);
      if (packet.size() > longest) {
        std::fill(parity.begin() + static_cast<std::ptrdiff_t>(longest),
                  parity.begin() + static_cast<std::ptrdiff_t>(packet.size()), std::byte{});
        longest = packet.size();
      }
      for (std::size_t i = 0; i < packet.size(); ++i)
        parity[i] ^= packet[i];
    }
    datagram.recovery[m] = std::span(parity).first(longest);
  }
}

std::size_t UdptlSender::pack(std::span<const std::byte> ifp, std::span<std::byte> out) {
  if (ifp.empty() || ifp.size() > kMostIfpOctets) return 0;
  UdptlDatagram datagram;
  datagram.sequence = static_cast<std::uint16_t>(sent_);
  datagram.primary = ifp;
  if (redundancy_) {
    for (unsigned back = 1; back <= std::min(kDepth, sent_); ++back)
      datagram.recovery[datagram.entries++] = earlier(back);
  } else {
    add_parities(datagram);
  }
  auto room = out.first(std::min(out.size(), most_octets_));
  auto size = encode(datagram, room);
  // Parities are of use together; copies one by one.
  while (size == 0 && datagram.entries > 0) {
    datagram.entries = datagram.parity ? 0 : static_cast<std::uint8_t>(datagram.entries - 1);
    size = encode(datagram, room);
  }
  if (size == 0) return 0;
  auto& sent = history_[sent_ % kHistory];
  sent.size = static_cast<std::uint16_t>(ifp.size());
  std::copy(ifp.begin(), ifp.end(), sent.octets.begin());
  ++sent_;
  return size;
}

}  // namespace warp::fax
