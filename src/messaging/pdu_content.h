// Between PDUs and what messaging speaks of.
#pragma once

#include <string>

#include "warp/messaging/ports.h"
#include "warp/messaging/submission.h"
#include "warp/smpp/pdu/alphabet.h"
#include "warp/smpp/pdu/pdu.h"
#include "warp/smpp/session/types.h"

namespace warp::messaging {

// submit_sm or deliver_sm of `part`; `octets` holds its TLVs and lives as long as the PDU.
smpp::Pdu pdu_of(smpp::CommandId command, const WirePart& part, std::string& octets);
WireOutcome outcome_of(const smpp::Reply& reply);
// deliver_sm or data_sm.
IncomingPart incoming_of(const smpp::Pdu& pdu);

// What a submit_sm, submit_multi or data_sm says, whoever it is for.
struct SubmitFields {
  smpp::Address source, destination;
  smpp::MessageFields message;
  std::string_view service_type = {};
};
// An Ok status, or what the PDU deserves.
smpp::Status read_submission(const SubmitFields& fields, const smpp::TlvList& tlvs, smpp::Alphabet alphabet,
                             WallTime now, Submission& out);

// A schedule and a validity, absolute or relative to `now`; what is empty stays as it was. False: `status`.
bool read_times(std::string_view schedule, std::string_view validity, WallTime now,
                std::optional<WallTime>& not_before, std::optional<WallTime>& valid_until,
                smpp::Status& status);
smpp::Alphabet alphabet_of(const domain::Esme& esme);
domain::ReceiptWish wish_of(std::uint8_t registered_delivery);
// The state of a receipt or of a query_sm_resp.
smpp::MessageState state_of(domain::MessageState state);

}  // namespace warp::messaging
