#include <algorithm>
#include <tuple>

#include "warp/base/exact.h"
#include "warp/rating/terms.h"

namespace warp::rating {
using exact::divide;
using exact::narrowed;
using exact::Wide;
namespace {

constexpr std::int64_t kPico = 1'000'000'000'000;

auto key_of(const domain::FxRow& row) {
  return std::tie(row.from, row.to, row.effective_from);
}

std::optional<domain::FxRow> inverse_of(const domain::FxRow& row) {
  if (row.pico <= 0) return std::nullopt;
  const auto pico = narrowed(divide<Wide>(Wide{kPico} * kPico, row.pico, Rounding::HalfEven));
  if (!pico || *pico == 0) return std::nullopt;
  return domain::FxRow{row.to, row.from, *pico, row.effective_from};
}

std::optional<domain::FxRow> product_of(const domain::FxRow& a, const domain::FxRow& b) {
  const auto pico = narrowed(divide<Wide>(Wide{a.pico} * b.pico, kPico, Rounding::HalfEven));
  if (!pico || *pico == 0) return std::nullopt;
  return domain::FxRow{a.from, b.to, *pico, std::max(a.effective_from, b.effective_from)};
}

}  // namespace

FxTable::FxTable(std::vector<domain::FxRow> rows, Currency base) : rows_(std::move(rows)), base_(base) {
  std::sort(rows_.begin(), rows_.end(), [](const auto& a, const auto& b) { return key_of(a) < key_of(b); });
  for (const auto& row : rows_)
    changes_.push_back(row.effective_from);
  std::sort(changes_.begin(), changes_.end());
  changes_.erase(std::unique(changes_.begin(), changes_.end()), changes_.end());
}

std::optional<domain::FxRow> FxTable::known(Currency from, Currency to, WallTime when) const {
  const domain::FxRow wanted{from, to, kPico, when};
  const auto after = std::upper_bound(rows_.begin(), rows_.end(), wanted,
                                      [](const auto& a, const auto& b) { return key_of(a) < key_of(b); });
  if (after == rows_.begin()) return std::nullopt;
  const auto& row = *std::prev(after);
  if (row.from != from || row.to != to) return std::nullopt;
  return row;
}

std::optional<domain::FxRow> FxTable::rate(Currency from, Currency to, WallTime when) const {
  if (from == to) return domain::FxRow{from, to, kPico, {}};
  const auto either = [&](Currency a, Currency b) {
    if (auto row = known(a, b, when)) return row;
    const auto other = known(b, a, when);
    return other ? inverse_of(*other) : std::nullopt;
  };
  if (auto row = either(from, to)) return row;
  if (from == base_ || to == base_) return std::nullopt;
  const auto there = either(from, base_);
  const auto on = either(base_, to);
  return there && on ? product_of(*there, *on) : std::nullopt;
}

WallTime FxTable::next_change(WallTime when) const {
  const auto after = std::upper_bound(changes_.begin(), changes_.end(), when);
  return after == changes_.end() ? WallTime::max() : *after;
}

WallTime FxTable::last_change(WallTime when) const {
  const auto after = std::upper_bound(changes_.begin(), changes_.end(), when);
  return after == changes_.begin() ? WallTime::min() : *std::prev(after);
}

std::optional<Money> convert(Money amount, const domain::FxRow& fx, unsigned decimals, Rounding rounding) {
  return Money::add_scaled(Money{}, amount, fx.pico, kPico, decimals, rounding);
}

}  // namespace warp::rating
