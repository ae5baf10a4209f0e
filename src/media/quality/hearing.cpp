#include "quality/hearing.h"

#include <algorithm>

#include "warp/audio/g711.h"

namespace warp::media {
namespace {

constexpr std::uint8_t kPcmu = 0, kPcma = 8, kComfortNoise = 13, kOldComfortNoise = 19;
constexpr std::size_t kLookedAt = 80;          // samples: 10 ms
constexpr std::int64_t kQuietPower = 16 * 16;  // of a sample, mean; full scale is 32,768 squared

}  // namespace

Heard heard_in(std::uint8_t payload_type, std::span<const std::byte> payload) {
  if (payload_type == kComfortNoise || payload_type == kOldComfortNoise) return Heard::Silence;
  if ((payload_type != kPcmu && payload_type != kPcma) || payload.empty()) return Heard::Unknown;
  const auto looked_at = payload.first(std::min(payload.size(), kLookedAt));
  std::int64_t power = 0;
  for (const auto octet : looked_at) {
    const auto code = static_cast<std::uint8_t>(octet);
    const std::int64_t sample = payload_type == kPcmu ? audio::from_mu(code) : audio::from_a(code);
    power += sample * sample;
  }
  return power <= kQuietPower * static_cast<std::int64_t>(looked_at.size()) ? Heard::Silence : Heard::Sound;
}

}  // namespace warp::media
