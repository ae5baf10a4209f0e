// Comfort noise towards a side whose other side rests (RFC 3389): a description instead of coded noise.
#include <array>

#include "warp/audio/comfort_noise.h"
#include "warp/srtp/session.h"

#include "treat/treatment.h"

namespace warp::media {
namespace {

constexpr std::chrono::milliseconds kNoiseAgain{400};  // also keeps the way through a NAT open
constexpr std::uint8_t kSameNoise = 2;                 // dB that nobody hears

}  // namespace

void Treatment::send_noise(Half& to, std::uint8_t level, Monotonic now) {
  to.speaker->pause(to.outlet, to, now);
  const bool same = to.noise && level <= *to.noise + kSameNoise && level + kSameNoise >= *to.noise;
  if (same && now - to.noise_at < kNoiseAgain) return;
  to.noise = level;
  to.noise_at = now;
  std::array<std::byte, rtp::kFixedHeaderBytes + 1 + srtp::kOverhead> buffer{};
  const std::uint32_t lasts = to.terms->formats.front().clock_rate / 50;
  to.outlet.write(buffer, *to.terms->comfort_noise, false, to.outlet.stamp(now), lasts, now);
  buffer[rtp::kFixedHeaderBytes] = audio::comfort_noise_payload(level);
  to.packet(buffer, rtp::kFixedHeaderBytes + 1);
}

}  // namespace warp::media
