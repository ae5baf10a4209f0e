// Sum: amounts added up without an end on the way: only the total must be money.
#pragma once

#include <limits>
#include <optional>

#include "warp/base/money.h"

namespace warp::billing {

class Sum {
 public:
  void add(Money amount) { nanos_ += amount.nanos(); }
  // nullopt: more than money can hold.
  std::optional<Money> total() const {
    using Limits = std::numeric_limits<std::int64_t>;
    if (nanos_ > Limits::max() || nanos_ < Limits::min()) return std::nullopt;
    return Money::from_nanos(static_cast<std::int64_t>(nanos_));
  }

 private:
  __extension__ using Wide = __int128;
  Wide nanos_ = 0;
};

}  // namespace warp::billing
