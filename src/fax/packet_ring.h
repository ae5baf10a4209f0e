// PacketRing: packets that wait, in order, in a fixed memory of their own. Each has a Mark of its owner's.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace warp::fax {

template <typename Mark, std::size_t MostPackets, std::size_t MostOctets>
class PacketRing {
 public:
  struct Packet {
    Mark mark{};
    std::span<const std::byte> octets;  // valid until the next push()
  };

  bool empty() const { return count_ == 0; }
  bool full() const { return count_ == MostPackets; }

  // False: full, or too long.
  bool push(const Mark& mark, std::span<const std::byte> octets) {
    if (full() || octets.size() > MostOctets) return false;
    auto& slot = slots_[(first_ + count_++) % MostPackets];
    slot.mark = mark;
    slot.size = static_cast<std::uint16_t>(octets.size());
    std::copy(octets.begin(), octets.end(), slot.octets.begin());
    return true;
  }
  std::optional<Packet> first() const {
    if (empty()) return std::nullopt;
    const auto& slot = slots_[first_];
    return Packet{slot.mark, std::span(slot.octets).first(slot.size)};
  }
  std::optional<Packet> pop() {
    const auto packet = first();
    if (packet) {
      first_ = (first_ + 1) % MostPackets;
      --count_;
    }
    return packet;
  }

 private:
  static_assert(MostOctets <= 0xffff);
  struct Slot {
    Mark mark{};
    std::uint16_t size = 0;
    std::array<std::byte, MostOctets> octets;
  };
  std::array<Slot, MostPackets> slots_;
  std::size_t first_ = 0, count_ = 0;
};

}  // namespace warp::fax
