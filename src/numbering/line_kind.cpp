#include "warp/numbering/line_kind.h"

#include <array>

#include "warp/base/text.h"

namespace warp::numbering {
namespace {

constexpr std::array<std::string_view, 7> kNames{"UNKNOWN",   "FIXED",   "MOBILE", "VOIP",
                                                 "TOLL_FREE", "PREMIUM", "SPECIAL"};

}  // namespace

std::string_view kind_name(domain::LineKind kind) {
  return kNames[static_cast<std::size_t>(kind)];
}

std::optional<domain::LineKind> parse_kind(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (iequals(kNames[i], text)) return static_cast<domain::LineKind>(i);
  return std::nullopt;
}

}  // namespace warp::numbering
