#include "repetition.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace warp::audio {
namespace {

constexpr std::size_t kPastMs = 40;
constexpr std::size_t kWindowMs = 16;      // compared with what lies a period before it
constexpr std::size_t kShortestUs = 2500;  // 400 Hz
constexpr std::size_t kLongestPeriodMs = 15;
constexpr std::size_t kSoundMs = 10, kFadedMs = 60, kBlendMs = 4;

}  // namespace

Repetition::Repetition(std::uint32_t sample_rate)
    : per_ms_(sample_rate / 1000), past_(kPastMs * per_ms_), cycle_(kLongestPeriodMs * per_ms_ + 1) {}

void Repetition::heard(std::span<Sample> samples) {
  if (lost_ > 0) {
    const auto blend = std::min(samples.size(), kBlendMs * per_ms_);
    for (std::size_t i = 0; i < blend; ++i) {
      const auto share = static_cast<float>(i + 1) / static_cast<float>(blend + 1);
      samples[i] =
          static_cast<Sample>(std::lround(next() * (1 - share) + static_cast<float>(samples[i]) * share));
    }
    lost_ = 0;
  }
  const auto fresh = std::min(samples.size(), past_.size());
  const auto kept = past_.size() - fresh;
  std::memmove(past_.data(), past_.data() + fresh, kept * sizeof(Sample));
  std::copy_n(samples.end() - static_cast<std::ptrdiff_t>(fresh), fresh,
              past_.begin() + static_cast<std::ptrdiff_t>(kept));
}

void Repetition::conceal(std::span<Sample> samples) {
  if (lost_ == 0 && !samples.empty()) make_cycle();
  for (auto& sample : samples)
    sample = static_cast<Sample>(std::lround(next()));
}

// Normalised correlation of the last window with the one that lies `lag` before it, on every fourth sample of
// 8 kHz and as many of the other rates.
double Repetition::likeness(std::size_t lag) const {
  const auto step = std::max<std::size_t>(per_ms_ / 4, 1);
  const auto begin = past_.size() - kWindowMs * per_ms_;
  double product = 0, energy = 1;
  for (auto i = begin; i < past_.size(); i += step) {
    const double then = past_[i - lag];
    product += past_[i] * then;
    energy += then * then;
  }
  return product / std::sqrt(energy);
}

std::size_t Repetition::find_period() const {
  const auto shortest = std::max<std::size_t>(kShortestUs * per_ms_ / 1000, 1);
  const auto longest = kLongestPeriodMs * per_ms_;
  const auto coarse = std::max<std::size_t>(per_ms_ / 8, 1);
  auto best = shortest;
  auto most = likeness(best);
  const auto look = [&](std::size_t from, std::size_t to, std::size_t step) {
    for (auto lag = from; lag <= to; lag += step)
      if (const auto found = likeness(lag); found > most) {
        most = found;
        best = lag;
      }
  };
  look(shortest, longest, coarse);
  if (coarse > 1) {
    const auto middle = best;
    look(std::max(shortest, middle - coarse), std::min(longest, middle + coarse), 1);
  }
  return best;
}

void Repetition::make_cycle() {
  period_ = find_period();
  at_ = 0;
  const auto begin = past_.size() - period_;
  const auto seam = period_ / 4;
  for (std::size_t i = 0; i < period_; ++i)
    cycle_[i] = past_[begin + i];
  // The end of the cycle runs into what came before its beginning, so that it closes without a click.
  for (std::size_t i = 0; i < seam; ++i) {
    const auto share = static_cast<float>(i + 1) / static_cast<float>(seam + 1);
    auto& end = cycle_[period_ - seam + i];
    end = end * (1 - share) + static_cast<float>(past_[begin - seam + i]) * share;
  }
}

float Repetition::next() {
  const auto value = cycle_[at_];
  at_ = at_ + 1 == period_ ? 0 : at_ + 1;
  const auto sound = kSoundMs * per_ms_, faded = kFadedMs * per_ms_;
  const auto position = std::min(lost_++, faded);
  if (position <= sound) return value;
  return value * static_cast<float>(faded - position) / static_cast<float>(faded - sound);
}

}  // namespace warp::audio
