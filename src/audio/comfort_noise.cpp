#include "warp/audio/comfort_noise.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace warp::audio {
namespace {

constexpr std::uint8_t kSilentLevel = 127;
constexpr double kOverload = 32768;  // 0 dBov: the power of a square wave of full scale (RFC 3389 §3)

// Peak of uniform noise whose root mean square is the level: √3 of it.
std::array<double, kSilentLevel + 1> noise_peaks() {
  std::array<double, kSilentLevel + 1> peaks{};
  for (std::size_t level = 0; level < kSilentLevel; ++level)
    peaks[level] =
        std::min(kOverload * std::pow(10, -static_cast<double>(level) / 20) * std::sqrt(3.0), 32767.0);
  return peaks;
}

}  // namespace

std::byte comfort_noise_payload(std::uint8_t level) {
  return static_cast<std::byte>(std::min(level, kSilentLevel));
}

std::uint8_t level_of(std::span<const Sample> samples) {
  std::int64_t energy = 0;
  for (const auto sample : samples)
    energy += static_cast<std::int64_t>(sample) * sample;
  if (energy == 0) return kSilentLevel;
  const auto power = static_cast<double>(energy) / static_cast<double>(samples.size());
  const auto level = -10 * std::log10(power / (kOverload * kOverload));
  return static_cast<std::uint8_t>(std::clamp(std::lround(level), 0l, long{kSilentLevel}));
}

void ComfortNoise::set(std::span<const std::byte> cn_payload) {
  if (!cn_payload.empty()) level_ = static_cast<std::uint8_t>(cn_payload[0]) & kSilentLevel;
}

void ComfortNoise::fill(std::span<Sample> out) {
  static const auto kPeaks = noise_peaks();
  const auto peak = static_cast<float>(kPeaks[level_]);
  for (auto& sample : out) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    sample =
        static_cast<Sample>(peak * (static_cast<float>(static_cast<std::int32_t>(state_)) / 2147483648.0f));
  }
}

}  // namespace warp::audio
