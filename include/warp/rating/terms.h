// Terms of a line beyond its price a minute; schedules, currencies, tiers.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/domain/call_record.h"
#include "warp/domain/jurisdiction.h"
#include "warp/domain/tariff_rows.h"
#include "warp/rating/deck.h"

namespace warp::rating {

struct RateTerms {
  Money setup_fee, attempt_fee, surcharge;
  std::uint32_t free_seconds = 0;
  std::uint16_t schedule = 0;
  bool blocked = false;
};

// Packs into one cache line as before: setup fee, fees and schedule move into the deck's table of terms (≤
// 65,535 different, index 0: none of them), the second price serves INTRASTATE-like jurisdictions without a
// second line.
struct alignas(64) WideRateLine {  // becomes RateLine
  PrefixText prefix;
  Money per_minute, alternate;
  WallTime effective_from{}, effective_to = WallTime::max();
  std::uint64_t initial : 17, step : 17, primary_set : 7, alternate_set : 7, terms : 16;
  std::uint32_t minimum_seconds = 0, next = 0xffffffff;
  bool holds(domain::Jurisdiction j) const { return ((primary_set | alternate_set) & domain::bit(j)) != 0; }
  Money per_minute_for(domain::Jurisdiction j) const {
    return (alternate_set & domain::bit(j)) != 0 ? alternate : per_minute;
  }
};

// When a schedule is open: edges from 400 days before `at` to 400 after, compiled from zone, windows and
// holidays (cctz).
class Schedule {
 public:
  static std::shared_ptr<const Schedule> compile(const domain::ScheduleRow& row, WallTime at);
  bool open(WallTime when) const;
  WallTime next_edge(WallTime when) const;
};

// The inverse and one cross by the base are found; between equal ones pico is 1e12.
class FxTable {
 public:
  explicit FxTable(std::vector<domain::FxRow> rows = {});
  std::optional<domain::FxRow> rate(Currency from, Currency to, WallTime when) const;
};

std::optional<Money> convert(Money amount, const domain::FxRow& fx, unsigned decimals,
                             Rounding rounding);  // one rounding in 128 bits; nullopt: overflow
// `price` a `per` units: 60 for seconds priced by the minute, 1 for messages.
struct Tier {
  std::uint64_t from_units = 0;
  Money price;
};

enum class TierMode : std::uint8_t { Volume, Graduated };  // all units at the tier reached; each tier its own
std::optional<Money> tiered(std::span<const Tier> tiers, TierMode mode, std::uint64_t units,
                            std::uint32_t per, unsigned decimals, Rounding rounding);
// The longest call that costs at most `budget`, 0 when not even its start; ends on a billed step.
// price(affordable(b)) <= b < price(affordable(b) + 1 s).
std::chrono::seconds affordable(const domain::PricedSide& side, Money budget, std::chrono::seconds most);

}  // namespace warp::rating
