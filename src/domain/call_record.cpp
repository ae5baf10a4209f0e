#include "warp/domain/call_record.h"

namespace warp::domain {

std::string_view to_string(Direction direction) {
  switch (direction) {
    case Direction::Inbound:
      return "inbound";
    case Direction::Outbound:
      return "outbound";
  }
  return "";
}

std::string_view to_string(Disposition disposition) {
  switch (disposition) {
    case Disposition::Answered:
      return "ANSWERED";
    case Disposition::NoAnswer:
      return "NO ANSWER";
    case Disposition::Busy:
      return "BUSY";
    case Disposition::Failed:
      return "FAILED";
    case Disposition::Cancelled:
      return "CANCELLED";
  }
  return "";
}

std::string_view to_string(ReleaseSide side) {
  switch (side) {
    case ReleaseSide::Caller:
      return "caller";
    case ReleaseSide::Callee:
      return "callee";
    case ReleaseSide::Platform:
      return "platform";
  }
  return "";
}

std::optional<Direction> parse_direction(std::string_view text) {
  for (const auto direction : {Direction::Inbound, Direction::Outbound})
    if (to_string(direction) == text) return direction;
  return std::nullopt;
}

std::optional<Disposition> parse_disposition(std::string_view text) {
  for (const auto disposition : {Disposition::Answered, Disposition::NoAnswer, Disposition::Busy,
                                 Disposition::Failed, Disposition::Cancelled})
    if (to_string(disposition) == text) return disposition;
  return std::nullopt;
}

std::optional<ReleaseSide> parse_release_side(std::string_view text) {
  for (const auto side : {ReleaseSide::Caller, ReleaseSide::Callee, ReleaseSide::Platform})
    if (to_string(side) == text) return side;
  return std::nullopt;
}

}  // namespace warp::domain
