// Price: seconds and a rate line in, an exact amount out. One place for the arithmetic of calls.
//
//   lasted = the duration rounded up to whole seconds
//   counted = lasted without the line's free seconds, at least 0
//   billed = 0 when counted is 0; else counted, at least minimum_seconds, then initial + n * step, n the
//            smallest that covers it
//   amount = round(setup_fee + surcharge + attempt_fee + per_minute * billed / 60) once, to the plan's
//            decimals, by the plan's rounding
//   amount of a call that reached a far end and was not answered = round(attempt_fee)
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "warp/base/money.h"
#include "warp/domain/call_record.h"
#include "warp/rating/deck.h"

namespace warp::rating {

// At most 2^32 - 1.
std::uint32_t billed_seconds(const RateLine& line, std::chrono::microseconds duration);

// The line picked for a call of that jurisdiction, before anything is charged: billed seconds and amount are
// 0 (price() of zero seconds already has the setup fee in it).
domain::PricedSide unpriced(const Deck& deck, const RateLine& line,
                            domain::Jurisdiction jurisdiction = domain::Jurisdiction::Unknown);
// The same into a side that was just made.
void put_line(const Deck& deck, const RateLine& line, domain::PricedSide& side,
              domain::Jurisdiction jurisdiction = domain::Jurisdiction::Unknown);

// A line picked from a deck for a jurisdiction: two pointers and an octet, so that twenty candidates cost
// nothing that only one of them needs. Converts to its terms as `unpriced` gives them. Lives as long as the
// deck.
class PickedLine {
 public:
  PickedLine() = default;  // none
  PickedLine(const Deck& deck, const RateLine& line,
             domain::Jurisdiction jurisdiction = domain::Jurisdiction::Unknown)
      : deck_(&deck), line_(&line), jurisdiction_(jurisdiction) {}

  bool has_value() const { return line_ != nullptr; }
  explicit operator bool() const { return has_value(); }
  const RateLine* operator->() const { return line_; }
  const RateLine& operator*() const { return *line_; }
  const Deck& deck() const { return *deck_; }
  domain::Jurisdiction jurisdiction() const { return jurisdiction_; }
  Money per_minute() const {
    return line_->per_minute_for(deck_->counts_as(jurisdiction_).value_or(jurisdiction_));
  }
  operator std::optional<domain::PricedSide>() const {
    return has_value() ? std::optional(unpriced(*deck_, *line_, jurisdiction_)) : std::nullopt;
  }

 private:
  const Deck* deck_ = nullptr;
  const RateLine* line_ = nullptr;
  domain::Jurisdiction jurisdiction_ = domain::Jurisdiction::Unknown;
};

// What an answered call of `duration` costs by `line` of `deck`, with everything needed to compute it again.
// nullopt on overflow (Reason::RateOverflow).
std::optional<domain::PricedSide> price(const Deck& deck, const RateLine& line,
                                        std::chrono::microseconds duration,
                                        domain::Jurisdiction jurisdiction = domain::Jurisdiction::Unknown);
// The same from a side priced before (at answer), for another duration: the final price uses the line picked
// at set-up.
std::optional<domain::PricedSide> reprice(const domain::PricedSide& side, std::chrono::microseconds duration);

// Of a call that reached a far end and was not answered: the attempt fee alone.
std::optional<domain::PricedSide> price_attempt(const domain::PricedSide& side);

// "0.0060/min × 66 s (60+6n of 61 s) + 0.0000 setup = 0.006600 USD (HALF_UP, 6)": for explain and the API.
std::string explain(const domain::PricedSide& side, std::chrono::microseconds duration);

}  // namespace warp::rating
