#include "jitter_places.h"

#include <algorithm>

namespace warp::audio {

static_assert((JitterBuffer::kPlaces & (JitterBuffer::kPlaces - 1)) == 0);

JitterPlaces::JitterPlaces() : payloads_(JitterBuffer::kPlaces * width_) {}

void JitterPlaces::widen() {
  std::vector<std::byte> wider(JitterBuffer::kPlaces * JitterBuffer::kMostPayload);
  for (std::size_t place = 0; place < places_.size(); ++place)
    std::copy_n(payloads_.begin() + static_cast<std::ptrdiff_t>(place * width_), places_[place].size,
                wider.begin() + static_cast<std::ptrdiff_t>(place * JitterBuffer::kMostPayload));
  width_ = JitterBuffer::kMostPayload;
  payloads_ = std::move(wider);
}

void JitterPlaces::put(const JitterPacket& in, std::int64_t sequence, std::int64_t timestamp, Monotonic now) {
  if (in.payload.size() > width_) widen();
  const auto at = index(sequence);
  places_[at] = {.full = true,
                 .marker = in.marker,
                 .payload_type = in.payload_type,
                 .size = static_cast<std::uint16_t>(in.payload.size()),
                 .sequence = sequence,
                 .timestamp = timestamp,
                 .arrival = now};
  std::ranges::copy(in.payload, payloads_.begin() + static_cast<std::ptrdiff_t>(at * width_));
}

JitterPlaces::Place* JitterPlaces::first(std::int64_t sequence) {
  for (std::size_t step = 0; step < places_.size(); ++step)
    if (auto* place = find(sequence + static_cast<std::int64_t>(step))) return place;
  return nullptr;
}

std::span<const std::byte> JitterPlaces::payload(const Place& place) const {
  return std::span(payloads_).subspan(index(place.sequence) * width_, place.size);
}

std::size_t JitterPlaces::clear() {
  std::size_t held = 0;
  for (auto& place : places_) {
    held += place.full ? 1 : 0;
    place.full = false;
  }
  return held;
}

}  // namespace warp::audio
