// The places of a JitterBuffer: packets by their unwrapped sequence number, in a ring. Payloads lie in one
// block, which grows once when a long one comes, so that no packet is allocated.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "warp/audio/jitter_buffer.h"

namespace warp::audio {

class JitterPlaces {
 public:
  struct Place {
    bool full = false;
    bool marker = false;
    std::uint8_t payload_type = 0;
    std::uint16_t size = 0;
    std::int64_t sequence = 0, timestamp = 0;  // unwrapped
    Monotonic arrival{};
  };

  JitterPlaces();
  // Of a sequence number that is at most kPlaces from every other one held.
  void put(const JitterPacket& in, std::int64_t sequence, std::int64_t timestamp, Monotonic now);
  Place* find(std::int64_t sequence) {
    auto& place = places_[index(sequence)];
    return place.full && place.sequence == sequence ? &place : nullptr;
  }
  const Place* find(std::int64_t sequence) const { return const_cast<JitterPlaces*>(this)->find(sequence); }
  // The first one held from `sequence` on.
  Place* first(std::int64_t sequence);
  // Valid until the next put(), even when the place is empty again.
  std::span<const std::byte> payload(const Place& place) const;
  std::size_t clear();  // returns how many there were

 private:
  static constexpr std::size_t kUsualPayload = 256;
  static std::size_t index(std::int64_t sequence) {
    return static_cast<std::size_t>(sequence & (JitterBuffer::kPlaces - 1));
  }
  void widen();

  std::array<Place, JitterBuffer::kPlaces> places_{};
  std::size_t width_ = kUsualPayload;
  std::vector<std::byte> payloads_;
};

}  // namespace warp::audio
