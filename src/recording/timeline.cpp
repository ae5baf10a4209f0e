#include "timeline.h"

#include <algorithm>
#include <limits>

namespace warp::recording {
namespace {

// Far more than what is waited for: whatever comes, memory is bounded.
constexpr std::int64_t kMostAhead = 60 * 16'000;

std::int16_t added(std::int16_t a, std::int16_t b) {
  constexpr int low = std::numeric_limits<std::int16_t>::min(),
                high = std::numeric_limits<std::int16_t>::max();
  return static_cast<std::int16_t>(std::clamp(int{a} + int{b}, low, high));
}

}  // namespace

void Timeline::add(unsigned channel, std::int64_t place, std::span<const audio::Sample> samples) {
  auto begin = place - taken_;
  if (begin < 0) {
    const auto late = std::min<std::int64_t>(-begin, static_cast<std::int64_t>(samples.size()));
    samples = samples.subspan(static_cast<std::size_t>(late));
    begin = 0;
  }
  if (samples.empty() || begin > kMostAhead) return;
  auto& waiting = waiting_[stereo_ ? channel & 1 : 0];
  const auto first = static_cast<std::size_t>(begin);
  if (waiting.size() < first + samples.size()) waiting.resize(first + samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i)
    waiting[first + i] = added(waiting[first + i], samples[i]);
}

std::int64_t Timeline::end() const {
  return taken_ + static_cast<std::int64_t>(std::max(waiting_[0].size(), waiting_[1].size()));
}

void Timeline::take(std::int64_t place, std::vector<std::byte>& out) {
  if (place <= taken_) return;
  const auto count = static_cast<std::size_t>(place - taken_);
  out.reserve(out.size() + count * channels() * sizeof(std::int16_t));
  for (std::size_t i = 0; i < count; ++i)
    for (unsigned channel = 0; channel < channels(); ++channel) {
      const auto& waiting = waiting_[channel];
      const auto sample = static_cast<std::uint16_t>(i < waiting.size() ? waiting[i] : 0);
      out.push_back(static_cast<std::byte>(sample & 0xff));
      out.push_back(static_cast<std::byte>(sample >> 8));
    }
  for (auto& waiting : waiting_)
    waiting.erase(waiting.begin(),
                  waiting.begin() + static_cast<std::ptrdiff_t>(std::min(count, waiting.size())));
  taken_ = place;
}

}  // namespace warp::recording
