#include "warp/base/checked.h"
#include "warp/base/text.h"
#include "warp/smpp/pdu/receipt.h"

namespace warp::smpp {
namespace {

struct Spelling {
  std::string_view text;
  MessageState state;
};
// Beginnings: "DELIV" takes DELIVRD, DELIVERD and DELIVERED.
constexpr Spelling kSpellings[] = {
    {"deliv", MessageState::Delivered},
    {"dlvrd", MessageState::Delivered},
    {"undel", MessageState::Undeliverable},
    {"fail", MessageState::Undeliverable},
    {"not_deliv", MessageState::Undeliverable},
    {"expir", MessageState::Expired},
    {"delet", MessageState::Deleted},
    {"cancel", MessageState::Deleted},
    {"accep", MessageState::Accepted},
    {"acked", MessageState::Accepted},
    {"buff", MessageState::Enroute},
    {"enrou", MessageState::Enroute},
    {"sent", MessageState::Enroute},
    {"pending", MessageState::Enroute},
    {"reject", MessageState::Rejected},
    {"block", MessageState::Rejected},
    {"unkn", MessageState::Unknown},
    {"sched", MessageState::Scheduled},
    {"skip", MessageState::Skipped},
};

}  // namespace

std::string_view to_string(MessageState state) {
  switch (state) {
    case MessageState::Scheduled:
      return "SCHEDLD";
    case MessageState::Enroute:
      return "ENROUTE";
    case MessageState::Delivered:
      return "DELIVRD";
    case MessageState::Expired:
      return "EXPIRED";
    case MessageState::Deleted:
      return "DELETED";
    case MessageState::Undeliverable:
      return "UNDELIV";
    case MessageState::Accepted:
      return "ACCEPTD";
    case MessageState::Unknown:
      return "UNKNOWN";
    case MessageState::Rejected:
      return "REJECTD";
    case MessageState::Skipped:
      return "SKIPPED";
  }
  return {};
}

std::optional<MessageState> state_from(std::uint32_t number) {
  if (number > static_cast<std::uint32_t>(MessageState::Skipped)) return std::nullopt;
  return static_cast<MessageState>(number);
}

std::optional<MessageState> state_from(std::string_view text) {
  if (const auto number = parse_number<std::uint32_t>(text)) return state_from(*number);
  for (const auto& spelling : kSpellings)
    if (iequals(text.substr(0, spelling.text.size()), spelling.text)) return spelling.state;
  return std::nullopt;
}

bool is_final(MessageState state) {
  switch (state) {
    case MessageState::Scheduled:
    case MessageState::Enroute:
    case MessageState::Accepted:
      return false;
    case MessageState::Delivered:
    case MessageState::Expired:
    case MessageState::Deleted:
    case MessageState::Undeliverable:
    case MessageState::Unknown:
    case MessageState::Rejected:
    case MessageState::Skipped:
      return true;
  }
  return false;
}

}  // namespace warp::smpp
