// Resampler: mono audio between 8000, 16000, 32000 and 48000 Hz (speexdsp), block by block without seams.
// Equal rates cost a copy.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "warp/audio/codec.h"

namespace warp::audio {

class Resampler {
 public:
  // Null: no memory, or a rate of 0.
  static std::unique_ptr<Resampler> make(std::uint32_t from, std::uint32_t to);
  virtual ~Resampler() = default;
  // `out` holds in.size() × to ÷ from + 1 samples at least. Returns the samples made; over time exactly the
  // ratio.
  virtual std::size_t process(std::span<const Sample> in, std::span<Sample> out) = 0;
};

}  // namespace warp::audio
