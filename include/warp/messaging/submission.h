// Submission: what a customer hands in, by REST or SMPP, and what it gets back. One table says what a refusal
// is called on each side.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "warp/base/result.h"
#include "warp/domain/message.h"
#include "warp/smpp/pdu/status.h"

namespace warp::messaging {

struct Submission {
  CustomerId customer;
  domain::MessageOrigin origin = domain::MessageOrigin::Rest;
  std::optional<EsmeId> esme;
  domain::MessageAddress from, to;  // a leading '+' is taken off
  std::string text;                 // UTF-8, or octets when `binary_coding` is set
  std::optional<std::uint8_t> binary_coding;
  // User data header of octets. One with a concatenation is a part of a long message that the sender cut:
  // it is carried as it is, and counts as one segment.
  std::string udh;
  std::uint8_t priority = 0, protocol_id = 0;
  std::optional<std::uint8_t> message_class;
  domain::ReceiptWish receipts = domain::ReceiptWish::Final;
  std::string status_callback, client_reference;
  std::optional<WallTime> not_before, valid_until;
};

struct Accepted {
  MessageId id;
  std::uint16_t segments = 1;
  std::string_view encoding;  // static
  std::optional<domain::PricedMessage> price;
  bool replayed = false;  // its client_reference is an earlier message's: `id` is that one, nothing is sent
};
using SubmitDone = std::function<void(const Result<Accepted, domain::Reason>& result)>;

struct Refusal {
  domain::Reason reason;
  smpp::Status smpp;      // command_status of the submit_sm_resp
  int http;               // status of the API's answer
  std::string_view code;  // of the API's error
};
// What a Reason is called on each side; reasons that messaging does not give are system errors.
const Refusal& refusal(domain::Reason reason);

}  // namespace warp::messaging
