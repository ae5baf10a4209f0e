// What a JitterBuffer knows: its packets, its place in the timeline of the stream, and how deep it is to be.
//
// Playing is a clock in units of timestamps (position()): it runs with `now`, is kept in phase with the
// packets that are played, and leaps only to grow, to shrink, or behind a packet that came late.
#pragma once

#include <algorithm>
#include <optional>

#include "warp/audio/jitter_buffer.h"

#include "jitter_places.h"

namespace warp::audio {

using JitterMilliseconds = std::chrono::duration<double, std::milli>;
inline constexpr double kUsualPacketMs = 20;

struct JitterBuffer::Inside {
  Inside(const JitterSettings& wanted, std::uint32_t clock_rate)
      : settings(wanted), rate(clock_rate == 0 ? 8000 : clock_rate), packet(kUsualPacketMs * rate / 1000) {
    settings.most = std::max(settings.most, settings.least);
  }

  double units(JitterMilliseconds time) const { return time.count() * rate / 1000; }
  double position(Monotonic now) const { return position_ + units(now - position_at_); }
  void set_position(double position, Monotonic now) {
    position_ = position;
    position_at_ = now;
  }

  void restart(const JitterPacket& first, Monotonic now);
  bool strays(const JitterPacket& in, std::int64_t step, Monotonic now);
  void learn_packet(std::int64_t timestamp, std::int64_t sequence);
  void came_late(std::int64_t sequence, std::int64_t timestamp, Monotonic now);
  void drop(JitterPlaces::Place& place);
  JitterPlaces::Place* trim(Monotonic now);
  void close_window(Monotonic now);
  Verdict idle(Monotonic now) const;
  Verdict lost(JitterPacket& out) const;
  Verdict play(JitterPlaces::Place& place, Monotonic now, JitterPacket& out);
  Verdict take_what_came(Monotonic now, JitterPacket& out);

  JitterSettings settings;
  std::uint32_t rate;
  double packet;  // a packet's length, in units
  JitterCounts counts;
  JitterPlaces places;

  bool active = false, started = false;
  std::uint32_t ssrc = 0;
  std::int64_t next = 0;     // whose turn it is
  std::int64_t passed = -1;  // the last that was played or dropped
  std::uint64_t seen = 0;    // bit n: `passed` - n was there
  std::int64_t newest = 0, newest_timestamp = 0;
  std::int64_t advanced_timestamp = 0;  // the furthest, and when it came
  Monotonic advanced_at{};
  double candidate = 0;  // a length that is believed when it comes twice
  std::int64_t last_timestamp = 0;
  std::optional<std::uint16_t> stray_next;
  std::optional<std::uint32_t> stray_timestamp;

  unsigned grow = 0;  // packets of concealment to put in
  bool shrink = false;
  Monotonic shrink_since{}, window_since{};
  double least_wait = 0, most_wait = 0;  // of the window, in units
  double depth = 0;
  bool window_empty = true;

 private:
  double position_ = 0;
  Monotonic position_at_{};
};

}  // namespace warp::audio
