// Integer arithmetic that money is computed by: division with a named rounding, in 64 or 128 bits.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "warp/base/money.h"

namespace warp::exact {

__extension__ using Wide = __int128;

constexpr std::int64_t power_of_ten(unsigned exponent) {
  std::int64_t value = 1;
  while (exponent-- > 0)
    value *= 10;
  return value;
}

// For divisor > 0, of which twice as much fits as well. Up and Down are away from and towards zero.
template <class Int>
Int divide(Int value, Int divisor, Rounding rounding) {
  const Int quotient = value / divisor;
  const Int rest = value % divisor;
  if (rest == 0) return quotient;
  const Int away = quotient + (value < 0 ? -1 : 1);
  const Int twice = (rest < 0 ? -rest : rest) * 2;
  switch (rounding) {
    case Rounding::Up:
      return away;
    case Rounding::Down:
      return quotient;
    case Rounding::HalfUp:
      return twice >= divisor ? away : quotient;
    case Rounding::HalfEven:
      if (twice == divisor) return quotient % 2 == 0 ? quotient : away;
      return twice > divisor ? away : quotient;
  }
  return quotient;
}

inline std::optional<std::int64_t> narrowed(Wide value) {
  if (value > std::numeric_limits<std::int64_t>::max() || value < std::numeric_limits<std::int64_t>::min())
    return std::nullopt;
  return static_cast<std::int64_t>(value);
}

}  // namespace warp::exact
