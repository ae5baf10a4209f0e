// Carriage: which connectors carry which kinds of messages, and what an RCS message becomes when its
// recipient cannot be had by RCS. Pure functions.
#pragma once

#include <memory>

#include "warp/domain/message_store.h"
#include "warp/domain/messaging_catalogue.h"

namespace warp::messaging {

constexpr bool carries(domain::ConnectorProtocol protocol, domain::MessageKind kind) {
  switch (protocol) {
    case domain::ConnectorProtocol::Smpp:
      return kind == domain::MessageKind::Sms;
    case domain::ConnectorProtocol::Mm4:
      return kind == domain::MessageKind::Mms;
    case domain::ConnectorProtocol::Rcs:
      return kind == domain::MessageKind::Rcs;
  }
  return false;
}

// Takes whole messages, not parts.
inline bool takes_whole(const domain::Connector& connector) {
  return connector.protocol != domain::ConnectorProtocol::Smpp;
}

// An RCS provider knows a repeat by its messageId: what timed out is given to the same one again. Elsewhere
// the operator decides.
inline bool knows_repeats(const domain::Connector& connector) {
  return connector.protocol == domain::ConnectorProtocol::Rcs;
}
inline bool may_resend(const domain::Connector& connector) {
  return knows_repeats(connector) || connector.ambiguity == domain::AmbiguityPolicy::Resend;
}

// What an MMS or RCS message is counted and priced as, or a reason why it is none.
struct WholeCount {
  std::uint16_t segments = 1;
  std::optional<domain::Reason> wrong;
};
WholeCount count_whole(domain::MessageKind kind, const std::string& text, const domain::RichContent* rich);

// The SMS that an RCS message becomes; null when its sender does not want that, or there is no text.
std::shared_ptr<const domain::Recast> fall_back_of(const domain::Message& message);
// The message is the SMS from now on. What it was stays in its `rich`.
void apply(const domain::Recast& recast, domain::Message& message);

}  // namespace warp::messaging
