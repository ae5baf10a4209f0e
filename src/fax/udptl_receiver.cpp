#include <algorithm>
#include <utility>

#include "warp/fax/udptl.h"

namespace warp::fax {
namespace {

int packets_ahead(std::uint16_t sequence, std::uint16_t expected) {
  return static_cast<std::int16_t>(static_cast<std::uint16_t>(sequence - expected));
}

std::uint16_t packets_before(std::uint16_t sequence, unsigned back) {
  return static_cast<std::uint16_t>(sequence - back);
}

}  // namespace

UdptlReceiver::Received* UdptlReceiver::kept(std::uint16_t sequence) {
  auto& slot = history_[sequence % kHistory];
  return slot.there && slot.sequence == sequence ? &slot : nullptr;
}

void UdptlReceiver::keep(std::uint16_t sequence, std::span<const std::byte> ifp) {
  auto& slot = history_[sequence % kHistory];
  slot.there = true;
  slot.sequence = sequence;
  slot.size = static_cast<std::uint16_t>(ifp.size());
  std::copy(ifp.begin(), ifp.end(), slot.octets.begin());
}

void UdptlReceiver::deliver(std::span<const std::byte> ifp, std::uint16_t sequence, bool repaired) {
  missed_ = static_cast<std::uint16_t>(missed_ + sequence - expected_);
  expected_ = static_cast<std::uint16_t>(sequence + 1);
  if (ifp.empty()) return;  // its number is used up; what was missed is told with the next packet
  deliveries_[delivered_++] = {ifp, std::exchange(missed_, std::uint16_t{0}), repaired};
}

bool UdptlReceiver::in_turn(const UdptlDatagram& datagram) {
  if (!started_) {
    started_ = true;
    // The very first may have been lost; nothing was sent before number 0.
    const unsigned copies = datagram.parity ? 0 : std::min<unsigned>(datagram.entries, datagram.sequence);
    expected_ = packets_before(datagram.sequence, copies);
    return true;
  }
  const int ahead = packets_ahead(datagram.sequence, expected_);
  if (ahead >= 0 && ahead <= kMostGap) {
    strays_ = 0;
    return true;
  }
  strays_ = strays_ > 0 && datagram.sequence == stray_ ? strays_ + 1 : 1;
  stray_ = static_cast<std::uint16_t>(datagram.sequence + 1);
  if (strays_ < kFollow) return false;
  strays_ = 0;
  expected_ = datagram.sequence;
  for (auto& slot : history_)
    slot.there = false;
  return true;
}

void UdptlReceiver::repair_one(const UdptlDatagram& datagram, unsigned number) {
  const auto parity = datagram.recovery[number];
  std::uint16_t missing = 0;
  unsigned missed = 0;
  for (unsigned k = 1; k <= datagram.span; ++k) {
    const auto sequence = packets_before(datagram.sequence, k * datagram.entries - number);
    if (!kept(sequence)) missing = sequence, ++missed;
  }
  if (missed != 1 || packets_ahead(missing, expected_) < 0) return;
  auto& slot = history_[missing % kHistory];
  slot.there = true;
  slot.sequence = missing;
  slot.size = static_cast<std::uint16_t>(parity.size());
  std::copy(parity.begin(), parity.end(), slot.octets.begin());
  for (unsigned k = 1; k <= datagram.span; ++k) {
    const auto sequence = packets_before(datagram.sequence, k * datagram.entries - number);
    if (sequence == missing) continue;
    const auto& other = *kept(sequence);
    for (std::size_t i = 0; i < std::min<std::size_t>(other.size, slot.size); ++i)
      slot.octets[i] ^= other.octets[i];
  }
}

void UdptlReceiver::repair(const UdptlDatagram& datagram) {
  // Each packet is in one parity of a datagram alone: one repair does not make another possible.
  if (datagram.entries == 0 || datagram.span * datagram.entries >= kHistory) return;
  const int gap = packets_ahead(datagram.sequence, expected_);
  for (unsigned m = 0; m < datagram.entries; ++m)
    repair_one(datagram, m);
  for (int back = std::min<int>(gap, kHistory - 1); back > 0; --back) {
    const auto sequence = packets_before(datagram.sequence, static_cast<unsigned>(back));
    if (const auto* slot = kept(sequence)) deliver(std::span(slot->octets).first(slot->size), sequence, true);
  }
}

Result<std::span<const UdptlReceiver::Delivery>, UdptlError> UdptlReceiver::receive(
    std::span<const std::byte> octets) {
  const auto datagram = decode(octets);
  if (!datagram) return datagram.error();
  delivered_ = 0;
  if (!in_turn(*datagram)) return std::span<const Delivery>{};
  if (datagram->parity) {
    repair(*datagram);
  } else {
    const int gap = packets_ahead(datagram->sequence, expected_);
    for (int back = std::min<int>(gap, datagram->entries); back > 0; --back) {
      const auto copy = datagram->recovery[static_cast<std::size_t>(back - 1)];
      const auto sequence = packets_before(datagram->sequence, static_cast<unsigned>(back));
      if (copy.empty()) continue;
      keep(sequence, copy);
      deliver(copy, sequence, false);
    }
  }
  keep(datagram->sequence, datagram->primary);
  deliver(datagram->primary, datagram->sequence, false);
  return std::span<const Delivery>(deliveries_).first(delivered_);
}

}  // namespace warp::fax
