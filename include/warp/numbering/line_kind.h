// Kinds of lines as number data and answers name them: UNKNOWN, FIXED, MOBILE, VOIP, TOLL_FREE, PREMIUM,
// SPECIAL.
#pragma once

#include <optional>
#include <string_view>

#include "warp/domain/call_numbers.h"

namespace warp::numbering {

std::string_view kind_name(domain::LineKind kind);
std::optional<domain::LineKind> parse_kind(std::string_view text);  // any case

}  // namespace warp::numbering
