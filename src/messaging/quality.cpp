#include "quality.h"

#include <algorithm>
#include <cmath>

#include "warp/base/text.h"

namespace warp::messaging {
namespace {

constexpr double kHalfLife = 900;  // seconds
constexpr double kEnough = 20;     // receipts
constexpr std::size_t kMostScores = 100'000;

double faded(Monotonic from, Monotonic now) {
  return std::exp2(-std::chrono::duration<double>(now - from).count() / kHalfLife);
}

}  // namespace

// A country code, or an area code of North America.
Quality::Key Quality::key_of(ConnectorId connector, std::string_view recipient) {
  const std::size_t length = recipient.starts_with('1') ? 4 : 3;
  std::uint32_t digits = 1;
  for (const char c : recipient.substr(0, length))
    if (is_digit(c)) digits = digits * 10 + static_cast<std::uint32_t>(c - '0');
  return {connector, digits};
}

void Quality::note(ConnectorId connector, std::string_view recipient, bool delivered, Monotonic now) {
  if (scores_.size() >= kMostScores) scores_.clear();
  auto& score = scores_[key_of(connector, recipient)];
  const auto left = faded(score.at, now);
  score.weight = score.weight * left + 1;
  score.delivered = score.delivered * left + (delivered ? 1 : 0);
  score.at = now;
}

std::optional<std::uint8_t> Quality::percent(ConnectorId connector, std::string_view recipient,
                                             Monotonic now) const {
  const auto found = scores_.find(key_of(connector, recipient));
  if (found == scores_.end()) return std::nullopt;
  const auto& score = found->second;
  if (score.weight * faded(score.at, now) < kEnough) return std::nullopt;
  return static_cast<std::uint8_t>(std::clamp(std::lround(100 * score.delivered / score.weight), 0L, 100L));
}

}  // namespace warp::messaging
