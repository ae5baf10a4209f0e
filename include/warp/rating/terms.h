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
#include "warp/domain/tariff_rows.h"
#include "warp/rating/line.h"

namespace warp::rating {

// When a schedule is open: edges from 400 days before `at` to 400 after, compiled from zone, windows and
// holidays (cctz). Whether the clock on the wall of that zone shows a time within a window decides: an hour
// that comes twice is open twice. A window whose end is not after its begin runs over midnight.
class Schedule {
 public:
  // nullptr: the zone is not known.
  static std::shared_ptr<const Schedule> compile(const domain::ScheduleRow& row, WallTime at);
  // Any time; beyond the edges, too, only slower.
  bool open(WallTime when) const;
  WallTime next_edge(WallTime when) const;  // after `when`; WallTime::max(): none is known
  WallTime last_edge(WallTime when) const;  // not after `when`; WallTime::min(): none is known
  ~Schedule();

 private:
  Schedule();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// All schedules of a catalogue by their ids. Immutable.
class ScheduleBook {
 public:
  // `previous` itself when it says the same of the months around `at`: what was compiled with it still holds.
  static std::shared_ptr<const ScheduleBook> compile(std::span<const domain::ScheduleRow> rows, WallTime at,
                                                     std::shared_ptr<const ScheduleBook> previous = nullptr);
  const Schedule* find(std::uint16_t id) const;  // nullptr: there is none, or its zone is not known
  // 0 is always open; what is not there is always closed.
  bool open(std::uint16_t id, WallTime when) const;
  WallTime next_edge(WallTime when) const;  // of any

 private:
  ScheduleBook() = default;
  std::vector<domain::ScheduleRow> rows_;
  std::vector<std::shared_ptr<const Schedule>> by_id_;
  WallTime at_{};
};

// Rates of exchange by date. Of a pair the latest that has begun holds; what is not there is found as the
// inverse, or by way of `base` (each rounded half-even to 1e-12); between equal ones pico is 1e12.
class FxTable {
 public:
  explicit FxTable(std::vector<domain::FxRow> rows = {}, Currency base = {});
  std::optional<domain::FxRow> rate(Currency from, Currency to, WallTime when) const;
  Currency base() const { return base_; }
  WallTime next_change(WallTime when) const;  // of any pair, after `when`; WallTime::max(): none
  WallTime last_change(WallTime when) const;  // not after `when`; WallTime::min(): none

 private:
  std::optional<domain::FxRow> known(Currency from, Currency to, WallTime when) const;
  std::vector<domain::FxRow> rows_;  // by pair, then by time
  std::vector<WallTime> changes_;
  Currency base_;
};

// One rounding in 128 bits; nullopt: overflow.
std::optional<Money> convert(Money amount, const domain::FxRow& fx, unsigned decimals, Rounding rounding);
// `price` a `per` units: 60 for seconds priced by the minute, 1 for messages.
struct Tier {
  std::uint64_t from_units = 0;
  Money price;
};

enum class TierMode : std::uint8_t { Volume, Graduated };  // all units at the tier reached; each tier its own
// `tiers` ascending by from_units; units below the first cost nothing. One rounding, of the whole. nullopt:
// overflow, or `per` is 0.
std::optional<Money> tiered(std::span<const Tier> tiers, TierMode mode, std::uint64_t units,
                            std::uint32_t per, unsigned decimals, Rounding rounding);
// The longest call that costs at most `budget`, 0 when not even its start; ends on a billed step.
// price(affordable(b)) <= b < price(affordable(b) + 1 s), but that nothing is longer than `most`.
std::chrono::seconds affordable(const domain::PricedSide& side, Money budget, std::chrono::seconds most);

}  // namespace warp::rating
