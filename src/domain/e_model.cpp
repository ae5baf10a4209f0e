#include "warp/domain/e_model.h"

#include <algorithm>
#include <array>

namespace warp::domain {
namespace {

struct NamedCodec {
  std::string_view name;
  VoiceCodec codec;
};
// G.711 without concealment has 4.3, with Appendix I of G.711 25.1; those with a concealment of their own
// have one figure. Wideband codecs are put on the narrowband scale.
constexpr std::array<NamedCodec, 12> kCodecs{{{"PCMU", {0, 43, 251}},
                                              {"PCMA", {0, 43, 251}},
                                              {"L16", {0, 43, 251}},
                                              {"G722", {0, 43, 251}},
                                              {"OPUS", {0, 251, 251}},
                                              {"G729", {110, 190, 190}},
                                              {"G723", {150, 161, 161}},
                                              {"ILBC", {100, 340, 340}},
                                              {"GSM", {200, 430, 430}},
                                              {"GSM-EFR", {50, 100, 100}},
                                              {"AMR", {50, 100, 100}},
                                              {"AMR-WB", {50, 100, 100}}}};

// In thousandths from here on.
constexpr std::int64_t kBest = 93'200;             // R of the defaults
constexpr std::int64_t kWorstImpairment = 95'000;  // G.107 (7-29)
constexpr std::int64_t kNoticed = 177'300;         // delay that talkers begin to feel, us
constexpr std::uint64_t kLongestDelay = 5'000'000;
constexpr std::uint64_t kPacket = 20'000, kDeepestBuffer = 60'000;

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// Idle, Idte and Idd of the defaults, as two straight lines.
std::int64_t by_delay(std::uint64_t delay_us) {
  const auto delay = static_cast<std::int64_t>(std::min(delay_us, kLongestDelay));
  return 24 * delay / 1000 + (delay > kNoticed ? 110 * (delay - kNoticed) / 1000 : 0);
}

std::int64_t by_codec(const VoicePath& path) {
  const auto percent = static_cast<std::int64_t>(std::min(path.loss_e6, 1'000'000u) / 10);
  const std::int64_t impairment = path.codec.impairment * 100;
  const std::int64_t robustness =
      std::max<std::int64_t>(1, path.concealed ? path.codec.concealed : path.codec.robustness) * 100;
  return impairment + (kWorstImpairment - impairment) * percent / (percent + robustness);
}

// G.107 (B-4): 1 + 0.035 R + 7e-6 R (R - 60) (100 - R), rounded to hundredths.
std::uint16_t score(std::int64_t r) {
  if (r <= 0) return 100;
  if (r >= 100'000) return 450;
  constexpr std::int64_t kScale = 10'000'000'000'000;
  const auto above_one = 35'000'000'000 * r + 7 * r * (r - 60'000) * (100'000 - r);
  return static_cast<std::uint16_t>(std::max<std::int64_t>(100, 100 + (above_one + kScale / 2) / kScale));
}

}  // namespace

std::optional<VoiceCodec> voice_codec(std::string_view encoding) {
  const auto name = encoding.substr(0, encoding.find('/'));
  const auto found = std::ranges::find_if(kCodecs, [name](const NamedCodec& known) {
    return std::ranges::equal(known.name, name, {}, {}, upper);
  });
  return found == kCodecs.end() ? std::nullopt : std::optional(found->codec);
}

std::uint64_t playout_delay_us(std::uint32_t jitter_us) {
  return kPacket + std::min(std::uint64_t{2} * jitter_us, kDeepestBuffer);
}

std::uint16_t mos_e2(const VoicePath& path) {
  return score(kBest - by_delay(path.delay_us) - by_codec(path));
}

}  // namespace warp::domain
