#include <algorithm>

#include "warp/base/exact.h"
#include "warp/rating/terms.h"

namespace warp::rating {
using exact::divide;
using exact::narrowed;
using exact::power_of_ten;
using exact::Wide;
namespace {

// `total` += price * units; false: overflow.
bool add_product(Wide& total, Money price, std::uint64_t units) {
  Wide product = 0;
  return !__builtin_mul_overflow(Wide{price.nanos()}, Wide{units}, &product) &&
         !__builtin_add_overflow(total, product, &total);
}

// The tier that so many units reach: from_units not above them.
std::span<const Tier> reached(std::span<const Tier> tiers, std::uint64_t units) {
  const auto above =
      std::upper_bound(tiers.begin(), tiers.end(), units,
                       [](std::uint64_t one, const Tier& tier) { return one < tier.from_units; });
  return tiers.first(static_cast<std::size_t>(above - tiers.begin()));
}

}  // namespace

std::optional<Money> tiered(std::span<const Tier> tiers, TierMode mode, std::uint64_t units,
                            std::uint32_t per, unsigned decimals, Rounding rounding) {
  if (per == 0) return std::nullopt;
  const auto held = reached(tiers, units);
  if (held.empty()) return Money{};
  Wide total = 0;
  switch (mode) {
    case TierMode::Volume:
      if (!add_product(total, held.back().price, units)) return std::nullopt;
      break;
    case TierMode::Graduated:
      for (std::size_t at = 0; at < held.size(); ++at) {
        const auto end = at + 1 < held.size() ? held[at + 1].from_units : units;
        if (!add_product(total, held[at].price, end - held[at].from_units)) return std::nullopt;
      }
      break;
  }
  const std::int64_t step = power_of_ten(decimals >= 9 ? 0 : 9 - decimals);
  const auto steps = narrowed(divide<Wide>(total, Wide{per} * step, rounding));
  if (!steps) return std::nullopt;
  const auto nanos = narrowed(Wide{*steps} * step);
  return nanos ? std::optional(Money::from_nanos(*nanos)) : std::nullopt;
}

}  // namespace warp::rating
