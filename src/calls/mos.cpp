#include "mos.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace warp::calls {
namespace {

// All in thousandths. `impairment`: Ie, what the codec takes away; `robustness`: Bpl, what loss takes (G.113,
// with packet loss concealment).
struct Codec {
  std::string_view name;
  std::int64_t impairment, robustness;
};
constexpr std::array<Codec, 9> kCodecs{{{"PCMU", 0, 25'100},
                                        {"PCMA", 0, 25'100},
                                        {"G722", 0, 25'100},
                                        {"opus", 0, 25'100},
                                        {"L16", 0, 25'100},
                                        {"G729", 11'000, 19'000},
                                        {"G723", 15'000, 16'100},
                                        {"iLBC", 10'000, 34'000},
                                        {"GSM", 20'000, 43'000}}};

constexpr std::int64_t kBest = 93'200;             // R without impairments
constexpr std::int64_t kNoticed = 177'300;         // delay that is heard, us
constexpr std::int64_t kPacket = 20'000;           // us
constexpr std::int64_t kLongestDelay = 5'000'000;  // us: longer is as bad as it gets

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

const Codec* codec_of(std::string_view text) {
  const auto name = text.substr(0, text.find('/'));
  const auto same = [name](const Codec& codec) {
    return std::ranges::equal(codec.name, name, {}, upper, upper);
  };
  const auto found = std::ranges::find_if(kCodecs, same);
  return found == kCodecs.end() ? nullptr : &*found;
}

std::int64_t by_delay(const domain::LegMedia& leg) {
  const std::int64_t way = leg.rtt_us.value_or(0) / 2 + std::int64_t{2} * leg.jitter_us + kPacket;
  const auto delay = std::min(way, kLongestDelay);
  return 24 * delay / 1000 + (delay > kNoticed ? 110 * (delay - kNoticed) / 1000 : 0);
}

std::int64_t by_loss(const domain::LegMedia& leg, const Codec& codec) {
  // Thousandths of a percent; counters beyond any call are cut, so that nothing overflows.
  const auto lost = std::min<std::uint64_t>(leg.packets_lost, 1u << 31);
  const auto sent = std::min<std::uint64_t>(leg.packets_received, 1u << 31) + lost;
  const auto percent = static_cast<std::int64_t>(lost * 100'000 / sent);
  return codec.impairment + (95'000 - codec.impairment) * percent / (percent + codec.robustness);
}

// 1 + 0.035 R + 7e-6 R (R - 60) (100 - R), rounded to hundredths.
std::uint16_t score(std::int64_t r) {
  if (r <= 0) return 100;
  if (r >= 100'000) return 450;
  constexpr std::int64_t kScale = 10'000'000'000'000;
  const auto above_one = 35'000'000'000 * r + 7 * r * (r - 60'000) * (100'000 - r);
  return static_cast<std::uint16_t>(std::max<std::int64_t>(100, 100 + (above_one + kScale / 2) / kScale));
}

}  // namespace

std::optional<std::uint16_t> mos_e2(const domain::LegMedia& leg) {
  const Codec* codec = codec_of(leg.codec);
  if (codec == nullptr || leg.packets_received == 0) return std::nullopt;
  return score(kBest - by_delay(leg) - by_loss(leg, *codec));
}

}  // namespace warp::calls
