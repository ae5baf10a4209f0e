#include "warp/audio/jitter_buffer.h"

#include <algorithm>

#include "jitter_inside.h"

namespace warp::audio {
namespace {

constexpr std::chrono::seconds kDepthWindow{2};
// How long a packet too many waits for silence or a loss that would take it away unheard.
constexpr std::chrono::milliseconds kShrinkPatience{500};
constexpr double kPhaseShare = 0.125;  // of a tick's error that moves the playing: its own jitter is filtered

}  // namespace

void JitterBuffer::Inside::drop(JitterPlaces::Place& place) {
  counts.lost += static_cast<std::uint64_t>(place.sequence - next);
  ++counts.overflow;
  const auto step = place.sequence - passed;
  seen = (step < 64 ? seen << step : 0) | 1;
  passed = place.sequence;
  next = passed + 1;
  last_timestamp = std::max(last_timestamp, place.timestamp);
  place.full = false;
}

// The packet that is first, when what is behind it spans no more than `most`; else earlier ones are dropped.
JitterPlaces::Place* JitterBuffer::Inside::trim(Monotonic now) {
  auto* first = places.first(next);
  const auto behind = [&] {
    return static_cast<double>(advanced_timestamp - std::max(first->timestamp, last_timestamp));
  };
  while (first != nullptr && behind() > units(settings.most)) {
    // Reports of an event share its old timestamp: only what would be heard is dropped.
    if (started && first->timestamp <= last_timestamp) break;
    if (started && position(now) < static_cast<double>(first->timestamp) - packet / 2) {
      // A silence that others than time made: it ends when the rest stands ready.
      set_position(static_cast<double>(first->timestamp), now);
      break;
    }
    auto* second = places.first(first->sequence + 1);
    if (second == nullptr) break;
    drop(*first);
    first = second;
  }
  return first;
}

JitterBuffer::Verdict JitterBuffer::Inside::idle(Monotonic now) const {
  const auto behind = position(now) - static_cast<double>(last_timestamp) - packet;
  return started && behind >= -packet / 2 && behind < units(kBridge) ? Verdict::Lost : Verdict::Nothing;
}

JitterBuffer::Verdict JitterBuffer::Inside::lost(JitterPacket& out) const {
  if (const auto* follower = places.find(next)) out.payload = places.payload(*follower);
  return Verdict::Lost;
}

void JitterBuffer::Inside::close_window(Monotonic now) {
  if (now - window_since < kDepthWindow) return;
  if (!window_empty) {
    depth = most_wait;
    if (!shrink && least_wait >= packet && most_wait - packet >= units(settings.least)) {
      shrink = true;
      shrink_since = now;
    }
  }
  window_empty = true;
  window_since = now;
}

JitterBuffer::Verdict JitterBuffer::Inside::play(JitterPlaces::Place& place, Monotonic now,
                                                 JitterPacket& out) {
  counts.lost += static_cast<std::uint64_t>(place.sequence - next);
  ++counts.played;
  const auto step = place.sequence - passed;
  seen = (step < 64 ? seen << step : 0) | 1;
  passed = place.sequence;
  next = passed + 1;
  const auto timestamp = static_cast<double>(place.timestamp);
  if (!started || place.timestamp > last_timestamp) {
    const auto error = position(now) - timestamp;
    const bool far = !started || error > packet / 2 || error < -packet / 2;
    set_position(far ? timestamp : position(now) - error * kPhaseShare, now);
    last_timestamp = place.timestamp;
    const auto wait = units(now - place.arrival);
    least_wait = window_empty ? wait : std::min(least_wait, wait);
    most_wait = window_empty ? wait : std::max(most_wait, wait);
    window_empty = false;
    depth = std::max(depth, most_wait);
  }
  started = true;
  close_window(now);
  place.full = false;
  out = {.sequence = static_cast<std::uint16_t>(place.sequence),
         .timestamp = static_cast<std::uint32_t>(place.timestamp),
         .ssrc = ssrc,
         .payload_type = place.payload_type,
         .marker = place.marker,
         .payload = places.payload(place)};
  return Verdict::Packet;
}

JitterBuffer::Verdict JitterBuffer::Inside::take_what_came(Monotonic now, JitterPacket& out) {
  auto* first = places.first(next);
  if (first == nullptr) return Verdict::Nothing;
  if (first->sequence == next) return play(*first, now, out);
  if (now - first->arrival < settings.least) return Verdict::Nothing;
  ++counts.lost;
  ++next;
  return lost(out);
}

JitterBuffer::Verdict JitterBuffer::take(Monotonic now, JitterPacket& out) {
  auto& my = *inside_;
  out = {};
  if (!my.active) return Verdict::Nothing;
  if (my.settings.pace == JitterSettings::Pace::AsItComes) return my.take_what_came(now, out);
  auto* first = my.trim(now);
  if (first == nullptr) {
    my.grow = 0;  // waiting is growing
    return my.idle(now);
  }
  const auto due = [&] {
    const auto tolerance = my.started ? my.packet / 2 : 0;
    return my.position(now) >= static_cast<double>(first->timestamp) - tolerance;
  };
  const auto skip = [&](double units) {
    my.set_position(my.position(now) + units, now);
    my.shrink = false;
    my.window_empty = true;
    my.window_since = now;
  };
  if (!my.started && !due()) return Verdict::Nothing;
  if (my.grow > 0 && my.started) {
    --my.grow;
    skip(-my.packet);
    my.depth += my.packet;
    return my.lost(out);
  }
  // A lost packet or silence takes away what is too deep, unheard.
  if (my.shrink && !due()) {
    skip(std::min(my.packet, static_cast<double>(first->timestamp) - my.position(now)));
    my.depth -= my.packet;
  }
  if (!due()) {
    if (my.next == first->sequence) return Verdict::Nothing;
    ++my.counts.lost;
    ++my.next;
    return my.lost(out);
  }
  if (my.shrink && now - my.shrink_since >= kShrinkPatience) {
    auto* second = my.places.find(first->sequence + 1);
    if (second != nullptr && second->timestamp > first->timestamp) {
      my.drop(*first);
      first = second;
      skip(my.packet);
      my.depth -= my.packet;
    }
  }
  return my.play(*first, now, out);
}

std::chrono::milliseconds JitterBuffer::depth() const {
  const auto& my = *inside_;
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::max(my.depth, 0.0) * 1000 / my.rate));
}

const JitterCounts& JitterBuffer::counts() const {
  return inside_->counts;
}

void JitterBuffer::reset() {
  inside_->places.clear();
  inside_->active = inside_->started = false;
}

JitterBuffer::JitterBuffer(const JitterSettings& settings, std::uint32_t clock_rate)
    : inside_(std::make_unique<Inside>(settings, clock_rate)) {}
JitterBuffer::~JitterBuffer() = default;
JitterBuffer::JitterBuffer(JitterBuffer&&) noexcept = default;
JitterBuffer& JitterBuffer::operator=(JitterBuffer&&) noexcept = default;

}  // namespace warp::audio
