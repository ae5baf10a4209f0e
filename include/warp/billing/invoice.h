// compose(): from what a period brought to the lines of its invoice. Pure and exact: money is nanos, each
// rounding is named and done once, and what the lines say adds up to the total to the last digit.
//
//   charges = Σ usage, tiers, bundles, commit, recurring, once, adjustments
//   taxes   = Σ taxes, each rounded to the account's decimals
//   total   = charges + taxes + rounding + carried, at most two decimals, never below zero
//
// What is below zero goes on to the next invoice (`credit_out`), as a line that moves no money.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/money.h"
#include "warp/base/result.h"
#include "warp/billing/cycle.h"
#include "warp/rating/terms.h"

namespace warp::billing {

enum class LineKind : std::uint8_t {
  Usage,
  Tier,
  Bundle,
  Commit,
  Recurring,
  Once,
  Adjustment,
  Tax,
  Rounding,
  Carry,
};
std::string_view to_string(LineKind kind);  // usage, tier, …: as the database has them
std::optional<LineKind> parse_line_kind(std::string_view text);

// What is sold. `match` of usage: empty members match all; the most of them wins, then `position`, then the
// code.
struct Sku {
  std::string code, description, unit, tax_code = "TELECOM";
  struct Match {
    std::string kind, direction, jurisdiction, prefix;
  } match;
  int position = 100;
  bool usage = false, once = false;  // neither: recurring
};

// Calls or messages of a period that are alike. `amount` is what the ledger took for them.
struct UsageRow {
  std::string kind, direction, jurisdiction, prefix;  // call | message; prefix: of the line that priced it
  Currency currency;
  std::uint64_t items = 0, units = 0;
  Money amount;
  bool correction = false;  // re-rated since: `amount` is the difference
};
// nullptr: none matches.
const Sku* sku_of(const std::vector<Sku>& skus, const UsageRow& row);

struct TierTerms {
  std::string sku;
  rating::TierMode mode = rating::TierMode::Graduated;
  std::uint32_t per = 60;  // units that a step's price is for
  std::vector<rating::Tier> steps;
};
struct BundleTerms {
  std::string sku;
  std::uint64_t units = 0;
  Money price;
  bool rollover = false;      // what is left of a period is used first in the next one, and then gone
  std::uint64_t carried = 0;  // left of the period before
};

struct Terms {
  Period period;
  std::string zone = "UTC";
  Currency currency;
  unsigned decimals = 2;
  Rounding rounding = Rounding::HalfUp;
  Money minimum;           // of usage, of a whole period
  Period minimum_holds{};  // when the contract that asks for it was in force
  std::vector<TierTerms> tiers;
  std::vector<BundleTerms> bundles;
  Money credit_in;  // at most 0: left of the invoice before
};

struct RecurringItem {
  std::string sku, object;
  std::uint32_t quantity = 1;
  Money amount;  // a whole period, each
  bool prorate = true;
  WallTime starts_at{};
  std::optional<WallTime> ends_at;
};

// Of the ledger, by hand: what it did to the balance, so a credit is above 0 there and below 0 on the
// invoice.
struct ManualEntry {
  std::int64_t id = 0;
  Money amount;
  std::string description;
};

struct TaxRate {
  std::string tax_code, name;
  std::int64_t rate_e9 = 0;
  bool on_taxes = false;  // also on the taxes of this code that are not
};

struct Usage {
  std::vector<UsageRow> rows;
  std::vector<ManualEntry> entries;
};

struct Line {
  LineKind kind = LineKind::Usage;
  std::string sku, description;
  std::uint64_t items = 0, units = 0;
  std::string unit;
  std::optional<Money> base;            // of a tax
  std::optional<std::int64_t> rate_e9;  // of a tax
  Money amount;
  std::optional<std::int64_t> ledger_entry;
};

struct Draft {
  std::vector<Line> lines;
  Money charges, taxes, rounding, carried, total;
  Money credit_out;                               // at most 0
  std::map<std::string, std::uint64_t> rollover;  // units left, by SKU
};

enum class ComposeError : std::uint8_t {
  Currency,  // something is not in the account's currency
  Zone,      // there is no such zone
  Overflow,  // more than money can hold
};
std::string_view to_string(ComposeError error);

Result<Draft, ComposeError> compose(const Terms& terms, const std::vector<Sku>& skus, const Usage& usage,
                                    const std::vector<RecurringItem>& recurring,
                                    const std::vector<TaxRate>& taxes);

// `amount` for the part of `period` that [from, to) covers, by civil days of the zone, rounded once. nullopt:
// no such zone, or overflow.
std::optional<Money> prorated(const Terms& terms, Money amount, std::uint32_t quantity, WallTime from,
                              std::optional<WallTime> to);

// The ledger already has what such a line says. Of the others all but Carry are booked when the invoice is
// issued.
constexpr bool in_ledger(LineKind kind) {
  return kind == LineKind::Usage || kind == LineKind::Adjustment;
}

}  // namespace warp::billing
