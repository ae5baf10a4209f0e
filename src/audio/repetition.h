// Repetition: concealment for codecs that have none of their own (G.711 Appendix I in spirit).
//
// The last pitch period is repeated, at full level for 10 ms, then fading until 60 ms; the first packet after
// a loss is blended in over 4 ms. One stream, one thread; no allocation after construction.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "warp/audio/codec.h"

namespace warp::audio {

class Repetition {
 public:
  explicit Repetition(std::uint32_t sample_rate);
  // Samples of a packet that came. They are changed where they follow a loss.
  void heard(std::span<Sample> samples);
  void conceal(std::span<Sample> samples);

 private:
  std::size_t find_period() const;
  double likeness(std::size_t lag) const;
  void make_cycle();
  float next();

  std::size_t per_ms_;
  std::vector<Sample> past_;  // the last kPastMs, oldest first
  std::vector<float> cycle_;  // what is repeated: period_ samples
  std::size_t period_ = 0, at_ = 0;
  std::size_t lost_ = 0;  // samples since the loss began; 0: none
};

}  // namespace warp::audio
