// The columns of a deck's file, and where they stand in one.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/domain/jurisdiction.h"
#include "warp/rating/deck_mapping.h"

#include "csv_values.h"

namespace warp::rating {

enum DeckColumn : std::size_t {
  kPrefix,
  kPerMinute,
  kSetupFee,
  kInitialIncrement,
  kIncrement,
  kMinimumSeconds,
  kEffectiveFrom,
  kEffectiveTo,
  kJurisdictionsColumn,
  kSchedule,
  kAttemptFee,
  kSurcharge,
  kFreeSeconds,
  kBlocked,
  kInterstate,
  kIntrastate,
  kIntraLata,
  kLocal,
  kInternational,
  kTollFree,
  kState,
  kLata,
  kOcn,
  kRateCentre,
  kDeckColumns
};
inline constexpr std::array<std::string_view, kDeckColumns> kDeckColumnNames{"prefix",
                                                                             "per_minute",
                                                                             "setup_fee",
                                                                             "initial_increment",
                                                                             "increment",
                                                                             "minimum_seconds",
                                                                             "effective_from",
                                                                             "effective_to",
                                                                             "jurisdictions",
                                                                             "schedule",
                                                                             "attempt_fee",
                                                                             "surcharge",
                                                                             "free_seconds",
                                                                             "blocked",
                                                                             "per_minute_interstate",
                                                                             "per_minute_intrastate",
                                                                             "per_minute_intralata",
                                                                             "per_minute_local",
                                                                             "per_minute_international",
                                                                             "per_minute_tollfree",
                                                                             "state",
                                                                             "lata",
                                                                             "ocn",
                                                                             "rate_centre"};
// A price for one jurisdiction alone.
struct PriceColumn {
  DeckColumn column;
  domain::Jurisdiction jurisdiction;
};
inline constexpr std::array kPriceColumns{PriceColumn{kInterstate, domain::Jurisdiction::Interstate},
                                          PriceColumn{kIntrastate, domain::Jurisdiction::Intrastate},
                                          PriceColumn{kIntraLata, domain::Jurisdiction::IntraLata},
                                          PriceColumn{kLocal, domain::Jurisdiction::Local},
                                          PriceColumn{kInternational, domain::Jurisdiction::International},
                                          PriceColumn{kTollFree, domain::Jurisdiction::TollFree}};
inline constexpr std::array kAreaColumns{kState, kLata, kOcn, kRateCentre};

std::string known_deck_columns();  // "prefix, per_minute, …"

// Where each column stands, out of the first line and the carrier's mapping. A value; `mapping` outlives it.
class DeckColumns {
 public:
  // Takes what is wrong with a column; an empty name: with the line.
  using Report = std::function<void(std::string column, ValueFault fault)>;
  static constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);

  explicit DeckColumns(const DeckMapping& mapping) : mapping_(mapping) { position_.fill(kAbsent); }

  // `fields` of the first line: names, or values when the mapping says that there is no header.
  void take(const std::vector<std::string_view>& fields, const Report& report);

  bool has(DeckColumn column) const { return position_[column] != kAbsent; }
  std::size_t position(DeckColumn column) const { return position_[column]; }
  bool has_area() const;
  bool by_jurisdiction() const;

 private:
  void take_column(std::string_view name, std::size_t at, const Report& report);
  void place(DeckColumn column, std::size_t at, const Report& report);
  void check(const Report& report) const;

  const DeckMapping& mapping_;
  std::array<std::size_t, kDeckColumns> position_{};
};

}  // namespace warp::rating
