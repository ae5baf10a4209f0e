// G.711: one sample of a law and back, by tables that the compiler makes.
//
// The laws look at the upper 14 (µ) and 12 bits (A) of a sample: the tables are 16 and 4 KiB and stay in the
// first cache.
#pragma once

#include <array>
#include <cstdint>

#include "warp/audio/codec.h"

namespace warp::audio {

enum class Law : std::uint8_t { Mu, A };

struct MuLawTables {
  std::array<std::uint8_t, 1 << 14> code{};
  std::array<Sample, 256> sample{};
};
struct ALawTables {
  std::array<std::uint8_t, 1 << 12> code{};
  std::array<Sample, 256> sample{};
};
extern const MuLawTables kMuLaw;
extern const ALawTables kALaw;

inline std::uint8_t to_mu(Sample sample) {
  return kMuLaw.code[static_cast<std::uint16_t>(sample) >> 2];
}
inline Sample from_mu(std::uint8_t code) {
  return kMuLaw.sample[code];
}
inline std::uint8_t to_a(Sample sample) {
  return kALaw.code[static_cast<std::uint16_t>(sample) >> 4];
}
inline Sample from_a(std::uint8_t code) {
  return kALaw.sample[code];
}

}  // namespace warp::audio
