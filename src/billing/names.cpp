#include <array>

#include "warp/billing/invoice.h"

namespace warp::billing {
namespace {

constexpr std::array kKinds{LineKind::Usage,     LineKind::Tier, LineKind::Bundle,     LineKind::Commit,
                            LineKind::Recurring, LineKind::Once, LineKind::Adjustment, LineKind::Tax,
                            LineKind::Rounding,  LineKind::Carry};

}  // namespace

std::string_view to_string(LineKind kind) {
  switch (kind) {
    case LineKind::Usage:
      return "usage";
    case LineKind::Tier:
      return "tier";
    case LineKind::Bundle:
      return "bundle";
    case LineKind::Commit:
      return "commit";
    case LineKind::Recurring:
      return "recurring";
    case LineKind::Once:
      return "once";
    case LineKind::Adjustment:
      return "adjustment";
    case LineKind::Tax:
      return "tax";
    case LineKind::Rounding:
      return "rounding";
    case LineKind::Carry:
      return "carry";
  }
  return "";
}

std::optional<LineKind> parse_line_kind(std::string_view text) {
  for (const auto kind : kKinds)
    if (to_string(kind) == text) return kind;
  return std::nullopt;
}

std::string_view to_string(ComposeError error) {
  switch (error) {
    case ComposeError::Currency:
      return "something is not in the account's currency";
    case ComposeError::Zone:
      return "there is no such time zone";
    case ComposeError::Overflow:
      return "an amount is more than money can hold";
  }
  return "";
}

}  // namespace warp::billing
