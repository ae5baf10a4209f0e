// The values of a deck's fields: text in, value or {problem, cure} out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "warp/base/clock.h"
#include "warp/base/csv.h"
#include "warp/base/money.h"
#include "warp/base/result.h"
#include "warp/domain/jurisdiction.h"

namespace warp::rating {

using ValueFault = TextFault;

Result<std::string, ValueFault> parse_prefix(std::string_view text);
Result<Money, ValueFault> parse_price(std::string_view text, char decimal = '.');
// "INTERSTATE|INTRASTATE", "ALL".
Result<domain::Jurisdictions, ValueFault> parse_jurisdictions(std::string_view text);
Result<bool, ValueFault> parse_flag(std::string_view text);
Result<std::uint32_t, ValueFault> parse_seconds(std::string_view text, std::uint32_t low);
Result<WallTime, ValueFault> parse_time(std::string_view text);
// `format` of YYYY, MM, DD and other characters, which stand for themselves. Midnight UTC.
Result<WallTime, ValueFault> parse_day(std::string_view text, std::string_view format);

}  // namespace warp::rating
