// Timeline: what is heard on one or two channels, by place in time. What was said at one place by several is
// added; where nobody speaks there is silence.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "warp/audio/codec.h"

namespace warp::recording {

class Timeline {
 public:
  explicit Timeline(bool stereo) : stereo_(stereo) {}

  // `place`: of the first sample, from the beginning. What is before taken() is lost.
  void add(unsigned channel, std::int64_t place, std::span<const audio::Sample> samples);
  // Appends what is up to `place` to `out`, 16 bit little-endian, channels interleaved.
  void take(std::int64_t place, std::vector<std::byte>& out);
  std::int64_t taken() const { return taken_; }
  std::int64_t end() const;  // behind the last sample that was added
  unsigned channels() const { return stereo_ ? 2 : 1; }

 private:
  const bool stereo_;
  std::array<std::vector<std::int16_t>, 2> waiting_;  // from taken_ on
  std::int64_t taken_ = 0;
};

}  // namespace warp::recording
