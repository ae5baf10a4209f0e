#include "warp/domain/message.h"

#include <array>

#include "names.h"

namespace warp::domain {
namespace {

constexpr std::array<std::string_view, 8> kStates{"queued",      "sending", "sent",   "delivered",
                                                  "undelivered", "expired", "failed", "cancelled"};
constexpr std::array<std::string_view, 3> kKinds{"sms", "mms", "rcs"};
constexpr std::array<std::string_view, 5> kOrigins{"rest", "smpp", "connector", "test", "platform"};

}  // namespace

std::string_view to_string(MessageState state) {
  return name_of(kStates, state);
}
std::optional<MessageState> parse_message_state(std::string_view text) {
  return find_name<MessageState>(kStates, text);
}

std::string_view to_string(MessageKind kind) {
  return name_of(kKinds, kind);
}
std::optional<MessageKind> parse_message_kind(std::string_view text) {
  return find_name<MessageKind>(kKinds, text);
}

std::string_view to_string(MessageOrigin origin) {
  return name_of(kOrigins, origin);
}

}  // namespace warp::domain
