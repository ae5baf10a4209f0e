// Message: one SMS through the platform, from its acceptance to its one final state. Outbound (MT) ones come
// from a customer by REST or SMPP and leave by a connector; inbound (MO) ones come from a connector and leave
// for the customer that owns the number.
//
// A message is what a person wrote: text in UTF-8, whole, however many segments carry it. Binary ones keep
// their octets and data_coding.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/base/uuid.h"
#include "warp/domain/call_record.h"
#include "warp/domain/reason.h"

namespace warp::domain {

// The states and the only ways between them:
//   Queued → Sending → Sent → Delivered | Undelivered | Expired
//   Queued → Queued (retry later), Failed, Cancelled, Expired
//   Sending → Queued (the upstream said "later"), Failed (it refused, or nothing is known: see Ambiguity)
// Sending is durable before the first octet leaves: what is found in it after a crash may have left or not.
enum class MessageState : std::uint8_t {
  Queued,
  Sending,
  Sent,
  Delivered,
  Undelivered,
  Expired,
  Failed,
  Cancelled
};
std::string_view to_string(MessageState state);  // queued, sending, sent, delivered, …
std::optional<MessageState> parse_message_state(std::string_view text);
constexpr bool is_final(MessageState state) {
  return state != MessageState::Queued && state != MessageState::Sending && state != MessageState::Sent;
}

// How it is carried. One that falls back becomes an Sms, and its attempts tell so.
enum class MessageKind : std::uint8_t { Sms, Mms, Rcs };
std::string_view to_string(MessageKind kind);  // sms, mms, rcs
std::optional<MessageKind> parse_message_kind(std::string_view text);

// Test: by a test key. Checked, recorded and reported as any other, but it goes nowhere, is delivered at once
// and costs nothing. Platform: an answer of ours to a keyword; opt-outs and quiet hours do not hold it.
enum class MessageOrigin : std::uint8_t { Rest, Smpp, Connector, Test, Platform };
std::string_view to_string(MessageOrigin origin);  // rest, smpp, connector, test, platform

// What the customer wants to hear. Final: one word at the end. Each: also when it was sent on.
enum class ReceiptWish : std::uint8_t { None, Final, FailureOnly, Each };

inline constexpr std::uint8_t kTonLetters = 5;  // the type of number of a sender of letters

struct MessageAddress {
  std::uint8_t ton = 1, npi = 1;
  std::string digits;  // E.164 without '+', a short code, or letters (TON 5)
  friend bool operator==(const MessageAddress&, const MessageAddress&) = default;
};

// SMPP's service_type: five characters at most, kept in place since messages are many.
class ServiceType {
 public:
  ServiceType() = default;
  explicit ServiceType(std::string_view text) { text.copy(text_.data(), text_.size() - 1); }
  std::string_view view() const { return text_.data(); }
  friend bool operator==(const ServiceType&, const ServiceType&) = default;

 private:
  std::array<char, 6> text_{};
};

// One try at a connector; `at` is when it was handed over.
struct MessageAttempt {
  ConnectorId connector;
  WallTime at{};
  std::uint32_t status = 0;  // SMPP command_status; 0xFFFFFFFF: no answer
  Reason reason = Reason::NormalClearing;
};

// The price of one side: per segment × segments, rounded once.
struct PricedMessage {
  RatePlanId plan;
  std::uint64_t plan_version = 0;
  std::string prefix;
  Money per_segment, amount;
  Currency currency;
};

// One attachment; its octets are in the store (sms.media), under its id.
struct MediaPart {
  MediaId id;
  std::string content_type;  // type/subtype, lower case, no parameters
  std::string name;          // file name, or empty
  std::uint32_t octets = 0;
  friend bool operator==(const MediaPart&, const MediaPart&) = default;
};

// What an MMS or RCS message has beside its text.
struct RichContent {
  std::string subject;
  std::vector<MediaPart> media;
  // RCS: what goes as SMS when the recipient cannot take RCS; empty: the message's text. Without
  // `sms_fallback` it fails then.
  bool sms_fallback = true;
  std::string fallback_text;
  friend bool operator==(const RichContent&, const RichContent&) = default;
};

struct Message {
  MessageId id;  // time-ordered (UUIDv7)
  CustomerId customer;
  Direction direction = Direction::Outbound;
  MessageKind kind = MessageKind::Sms;
  MessageOrigin origin = MessageOrigin::Rest;
  std::optional<EsmeId> esme;  // the account that submitted it, and gets its receipts
  MessageAddress from, to;
  std::string text;                           // UTF-8, or octets when `binary_coding` is set
  std::optional<std::uint8_t> binary_coding;  // data_coding of what is not text
  std::string udh;  // the sender's own header of a binary message (ports …); no concatenation
  std::shared_ptr<const RichContent> rich;  // shared: immutable, and messages are copied; null for an SMS
  std::string encoding;                     // gsm7, latin1, ucs2 …: as counted for the price
  std::uint16_t segments = 1;
  std::uint8_t priority = 0;  // 0 (bulk) … 3 (urgent)
  std::uint8_t protocol_id = 0;
  std::optional<std::uint8_t> message_class;  // 0: flash
  ReceiptWish receipts = ReceiptWish::Final;
  std::string status_callback;        // URL; empty: the account's
  std::string client_reference;       // Idempotency-Key, or empty
  ServiceType service_type;           // as an ESME gave it
  std::uint8_t submitted_coding = 0;  // data_coding as an ESME gave it: a replace_sm has none of its own
  std::optional<CampaignId> campaign;

  WallTime accepted_at{};
  WallTime not_before{};  // schedule, or the next try
  WallTime valid_until{};
  std::optional<WallTime> sent_at, final_at;

  MessageState state = MessageState::Queued;
  Reason reason = Reason::NormalClearing;  // of the last refusal, or of the end
  std::string network_error;               // as the receipt has it
  ConnectorId connector;                   // where it is queued or was sent; nil: not routed yet
  std::vector<MessageAttempt> attempts;
  std::optional<PricedMessage> price, cost;
  // What of the price the customer pays, decided at the end by its ChargePolicy; the rest of what was
  // reserved is given back.
  std::optional<Money> charged;
};

// One segment in an upstream's hands, waiting for its receipt.
struct SentSegment {
  MessageId message;
  std::uint16_t number = 1;  // 1 …
  ConnectorId connector;
  std::string upstream_id;  // normalised
  WallTime sent_at{};
};

}  // namespace warp::domain
