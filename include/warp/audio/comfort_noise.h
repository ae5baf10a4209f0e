// Comfort noise (RFC 3389): a level, and noise of it. The spectral octets are read over.
#pragma once

#include <cstdint>
#include <span>

#include "warp/audio/codec.h"

namespace warp::audio {

// The payload of a CN packet for a level in -dBov (0..127).
std::byte comfort_noise_payload(std::uint8_t level);
// -dBov of the samples: 127 is silence.
std::uint8_t level_of(std::span<const Sample> samples);

class ComfortNoise {
 public:
  explicit ComfortNoise(std::uint32_t seed) : state_(seed | 1) {}
  void set(std::span<const std::byte> cn_payload);  // empty: as it was
  void fill(std::span<Sample> out);
  std::uint8_t level() const { return level_; }

 private:
  std::uint32_t state_;
  std::uint8_t level_ = 70;
};

}  // namespace warp::audio
