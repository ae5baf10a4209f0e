#include "quality/scoring.h"

#include <algorithm>

namespace warp::media {
namespace {

constexpr std::uint64_t kMillion = 1'000'000;

std::uint64_t loss_e6(const ReceivedTotals& totals) {
  // Counters beyond any call are cut, so that nothing overflows.
  const auto expected = std::min<std::uint64_t>(totals.expected, 1ull << 40);
  return expected == 0 ? 0 : std::min(totals.unplayed, expected) * kMillion / expected;
}

// What is left of two losses one behind the other.
std::uint64_t both(std::uint64_t a_e6, std::uint64_t b_e6) {
  return kMillion - (kMillion - std::min(a_e6, kMillion)) * (kMillion - std::min(b_e6, kMillion)) / kMillion;
}

// Two codecs one behind the other: impairments add up (G.113), the weaker one meets the loss.
domain::VoiceCodec tandem(const domain::VoiceCodec& a, const domain::VoiceCodec& b) {
  if (a == b) return a;
  return {static_cast<std::uint16_t>(a.impairment + b.impairment), std::min(a.robustness, b.robustness),
          std::min(a.concealed, b.concealed)};
}

}  // namespace

std::optional<std::uint16_t> score_in(const WayIn& in) {
  if (!in.codec || in.totals.expected == 0) return std::nullopt;
  domain::VoicePath path;
  path.codec = *in.codec;
  path.loss_e6 = static_cast<std::uint32_t>(loss_e6(in.totals));
  path.delay_us = in.rtt_us / 2 + domain::playout_delay_us(in.jitter_us);
  return domain::mos_e2(path);
}

std::optional<std::uint16_t> score_heard(const WayIn& in, const WayOut& out) {
  if (!in.codec || !out.codec || in.totals.expected == 0) return std::nullopt;
  const auto before = loss_e6(in.totals);
  const auto lost =
      out.of_ours_alone ? both(before, out.loss_e6) : std::max<std::uint64_t>(before, out.loss_e6);
  domain::VoicePath path;
  path.codec = tandem(*in.codec, *out.codec);
  path.loss_e6 = static_cast<std::uint32_t>(both(lost, std::uint64_t{out.discarded_e4} * 100));
  path.delay_us = std::uint64_t{in.rtt_us} / 2 + out.rtt_us / 2;
  path.delay_us += out.end_system_ms != 0 ? std::uint64_t{out.end_system_ms} * 1000
                                          : domain::playout_delay_us(std::max(in.jitter_us, out.jitter_us));
  path.concealed = out.conceals;
  return domain::mos_e2(path);
}

}  // namespace warp::media
