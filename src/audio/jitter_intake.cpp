#include "warp/audio/codec.h"

#include "jitter_inside.h"

namespace warp::audio {
namespace {

constexpr std::int64_t kFarSequence = 64;  // about a second of packets
constexpr double kShortestPacketMs = 2.5;

}  // namespace

void JitterBuffer::Inside::restart(const JitterPacket& first, Monotonic now) {
  counts.overflow += places.clear();
  active = true;
  started = false;
  ssrc = first.ssrc;
  next = newest = first.sequence;
  passed = next - 1;
  seen = 0;
  newest_timestamp = advanced_timestamp = last_timestamp = first.timestamp;
  advanced_at = now;
  candidate = 0;
  stray_next.reset();
  stray_timestamp.reset();
  grow = 0;
  shrink = false;
  window_empty = true;
  window_since = now;
  depth = units(settings.least);
  set_position(static_cast<double>(first.timestamp) - depth, now);
}

// Is `in` of another timeline? One packet is no proof of it, as long as it is behind or far ahead.
bool JitterBuffer::Inside::strays(const JitterPacket& in, std::int64_t step, Monotonic now) {
  if (step > kFarSequence || step < -kFarSequence) {
    const bool follows = stray_next == in.sequence;
    stray_next = static_cast<std::uint16_t>(in.sequence + 1);
    if (follows) {
      restart(in, now);
      return false;
    }
    ++counts.late;
    return true;
  }
  stray_next.reset();
  if (step <= 0) return false;
  const auto leap = static_cast<std::int32_t>(in.timestamp - static_cast<std::uint32_t>(advanced_timestamp));
  if (leap - units(now - advanced_at) > rate) {
    restart(in, now);
    return false;
  }
  // Reports of a long event keep its timestamp, and audio goes on between them; what moves on far behind is a
  // clock that was set back.
  if (leap >= -static_cast<std::int64_t>(rate)) {
    stray_timestamp.reset();
    return false;
  }
  const auto advance = stray_timestamp ? static_cast<std::int32_t>(in.timestamp - *stray_timestamp) : 0;
  stray_timestamp = in.timestamp;
  if (advance > 0 && advance <= static_cast<std::int64_t>(rate)) restart(in, now);
  return false;
}

void JitterBuffer::Inside::learn_packet(std::int64_t timestamp, std::int64_t sequence) {
  const auto length = static_cast<double>(timestamp - newest_timestamp);
  if (sequence != newest + 1 || length < kShortestPacketMs * rate / 1000 || length > kLongestMs * rate / 1000)
    return;
  if (length == candidate || length < packet) packet = length;
  candidate = length;
}

void JitterBuffer::Inside::came_late(std::int64_t sequence, std::int64_t timestamp, Monotonic now) {
  const auto back = passed - sequence;
  if (back >= 0 && back < 64 && (seen >> back & 1) != 0) {
    ++counts.duplicate;
    return;
  }
  ++counts.late;
  const bool of_audio_now = position(now) - static_cast<double>(timestamp) < rate;
  if (grow == 0 && of_audio_now && depth + packet <= units(settings.most)) grow = 1;
}

void JitterBuffer::put(const JitterPacket& in, Monotonic now) {
  auto& my = *inside_;
  if (in.payload.size() > kMostPayload) {
    ++my.counts.overflow;
    return;
  }
  if (!my.active || in.ssrc != my.ssrc) my.restart(in, now);
  const auto step_of = [&] {
    return static_cast<std::int16_t>(in.sequence - static_cast<std::uint16_t>(my.newest));
  };
  if (my.strays(in, step_of(), now)) return;
  const auto sequence = my.newest + step_of();
  const auto timestamp =
      my.newest_timestamp +
      static_cast<std::int32_t>(in.timestamp - static_cast<std::uint32_t>(my.newest_timestamp));
  // Before anything is played nothing is late.
  const bool holdable = my.newest - sequence < static_cast<std::int64_t>(kPlaces);
  if (!my.started && holdable && sequence <= my.passed) my.passed = sequence - 1;
  if (sequence <= my.passed || !holdable) return my.came_late(sequence, timestamp, now);
  if (my.places.find(sequence) != nullptr) {
    ++my.counts.duplicate;
    return;
  }
  if (sequence < my.next) {
    // Given up, but nothing behind it was played: it is, a packet's length later.
    if (my.started) my.counts.lost -= static_cast<std::uint64_t>(my.next - sequence);
    my.next = sequence;
  }
  while (sequence - my.next >= static_cast<std::int64_t>(kPlaces)) {
    auto* first = my.places.first(my.next);
    if (first != nullptr && sequence - first->sequence >= static_cast<std::int64_t>(kPlaces)) {
      my.drop(*first);
      continue;
    }
    my.counts.lost += static_cast<std::uint64_t>(sequence - static_cast<std::int64_t>(kPlaces) + 1 - my.next);
    my.next = sequence - static_cast<std::int64_t>(kPlaces) + 1;
  }
  my.places.put(in, sequence, timestamp, now);
  if (sequence <= my.newest) return;
  my.learn_packet(timestamp, sequence);
  my.newest = sequence;
  my.newest_timestamp = timestamp;
  if (timestamp <= my.advanced_timestamp) return;
  my.advanced_timestamp = timestamp;
  my.advanced_at = now;
}

}  // namespace warp::audio
