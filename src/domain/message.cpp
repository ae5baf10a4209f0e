#include "warp/domain/message.h"

#include <array>

namespace warp::domain {
namespace {

constexpr std::array<std::string_view, 8> kStates{"queued",      "sending", "sent",   "delivered",
                                                  "undelivered", "expired", "failed", "cancelled"};

}  // namespace

std::string_view to_string(MessageState state) {
  return kStates[static_cast<std::size_t>(state)];
}

std::optional<MessageState> parse_message_state(std::string_view text) {
  for (std::size_t i = 0; i < kStates.size(); ++i)
    if (kStates[i] == text) return static_cast<MessageState>(i);
  return std::nullopt;
}

std::string_view to_string(MessageOrigin origin) {
  switch (origin) {
    case MessageOrigin::Rest:
      return "rest";
    case MessageOrigin::Smpp:
      return "smpp";
    case MessageOrigin::Connector:
      return "connector";
  }
  return "";
}

}  // namespace warp::domain
