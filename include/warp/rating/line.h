// What a deck keeps of its lines: one cache line each, and a table of the terms that few of them have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/domain/jurisdiction.h"

namespace warp::rating {

// The digits of a line's prefix, in the line itself: to read them costs no further memory.
class PrefixText {
 public:
  PrefixText() = default;
  explicit PrefixText(std::string_view digits) : size_(static_cast<std::uint8_t>(digits.copy(text_, kMax))) {}
  operator std::string_view() const { return {text_, size_}; }
  friend bool operator==(const PrefixText& a, std::string_view b) { return std::string_view(a) == b; }

 private:
  static constexpr std::size_t kMax = 15;
  char text_[kMax]{};
  std::uint8_t size_ = 0;
};

// Of a line, besides its price a minute and its increments.
struct RateTerms {
  Money setup_fee, attempt_fee, surcharge;
  std::uint32_t free_seconds = 0;
  std::uint16_t schedule = 0;  // 0: always
  bool blocked = false;        // nothing goes there
  friend auto operator<=>(const RateTerms&, const RateTerms&) = default;
};

// A line as the deck keeps it, one cache line long; lives as long as the Deck. Its terms are in the deck's
// table (at most 65,535 different ones; index 0: none of them). The second price serves other jurisdictions
// of the same prefix without a second line; `per_minute` is that of a call of unknown jurisdiction where the
// line holds for one.
struct alignas(64) RateLine {
  static constexpr std::uint32_t kNone = 0xffffffff;
  static constexpr std::uint32_t kMostSeconds = (1u << 17) - 1;  // of an increment

  PrefixText prefix;
  Money per_minute, alternate;
  WallTime effective_from{}, effective_to = WallTime::max();
  std::uint64_t initial : 17 = 1, step : 17 = 1;
  std::uint64_t primary_set : 7 = domain::kAllJurisdictions, alternate_set : 7 = 0, terms : 16 = 0;
  std::uint32_t minimum_seconds = 0;
  std::uint32_t next = kNone;  // the deck's own: the line to look at when this one does not hold

  bool holds(domain::Jurisdiction one) const {
    return ((primary_set | alternate_set) & domain::bit(one)) != 0;
  }
  Money per_minute_for(domain::Jurisdiction one) const {
    return (alternate_set & domain::bit(one)) != 0 ? alternate : per_minute;
  }
};

}  // namespace warp::rating
