// Submission: a message that a customer hands in, by REST or SMPP, and what it gets back.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "warp/base/result.h"
#include "warp/domain/message.h"

namespace warp::domain {

struct Submission {
  CustomerId customer;
  MessageKind kind = MessageKind::Sms;
  std::shared_ptr<const RichContent> rich;  // of an MMS or RCS message; shared: see Message
  MessageOrigin origin = MessageOrigin::Rest;
  std::optional<EsmeId> esme;
  MessageAddress from, to;  // a leading '+' is taken off
  std::string text;         // UTF-8, or octets when `binary_coding` is set
  std::optional<std::uint8_t> binary_coding;
  // User data header of octets. One with a concatenation is a part of a long message that the sender cut:
  // it is carried as it is, and counts as one segment.
  std::string udh;
  std::uint8_t priority = 0, protocol_id = 0;
  std::optional<std::uint8_t> message_class;
  ReceiptWish receipts = ReceiptWish::Final;
  std::string status_callback, client_reference;
  ServiceType service_type;
  std::uint8_t submitted_coding = 0;
  std::optional<WallTime> not_before, valid_until;
};

struct Accepted {
  MessageId id;
  std::uint16_t segments = 1;
  std::string_view encoding;  // static
  std::optional<PricedMessage> price;
  bool replayed = false;  // its client_reference is an earlier message's: `id` is that one, nothing is sent
  WallTime accepted_at{};
  std::optional<CampaignId> campaign;
  MessageKind kind = MessageKind::Sms;  // as it begins: an RCS that nobody here carries is an SMS at once
};
using SubmitDone = std::function<void(const Result<Accepted, Reason>& result)>;

}  // namespace warp::domain
