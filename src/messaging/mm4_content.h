// Between messages and MM4: pure.
#pragma once

#include <string>
#include <vector>

#include "warp/domain/media_store.h"
#include "warp/messaging/ports.h"
#include "warp/mm4/message.h"
#include "warp/smtp/client.h"

namespace warp::messaging {

// nullopt: an address is no telephone number.
std::optional<mm4::Message> forward_of(const domain::Message& message, const domain::Connector& connector,
                                       std::vector<domain::StoredMedia> media);
// Whom answers and reports of a connector come from.
std::string system_of(const domain::Connector& connector);
mm4::Message response_to(const mm4::Message& request, const domain::Connector& connector,
                         mm4::RequestStatus status);
// Of a forward.REQ, for one of its recipients.
mm4::Message report_on(const mm4::Message& request, const domain::Connector& connector,
                       const std::string& recipient, mm4::MmStatus status);

IncomingRich incoming_of(const mm4::Message& request, const mm4::Subscriber& from, const mm4::Subscriber& to);

WireOutcome outcome_of(mm4::RequestStatus status, std::string_view message_id);
// Of an SMTP transaction that was not accepted. NotSent: the peer is not there, nothing is wrong with the
// message.
WireOutcome outcome_of(const smtp::Outcome& outcome);
smpp::MessageState state_of(mm4::MmStatus status);
// What the peer is told when messaging has answered so; nullopt: it shall try again.
std::optional<mm4::RequestStatus> request_status_of(smpp::Status status);

}  // namespace warp::messaging
