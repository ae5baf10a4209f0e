// Delivery receipts: the text form of SMPP 3.4 appendix B as it is met in the field, the TLV form, and both
// ways out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "warp/base/clock.h"
#include "warp/base/result.h"
#include "warp/smpp/pdu/tlv.h"

namespace warp::smpp {

// message_state (3.4 §5.2.28, 5.0 §4.7.15).
enum class MessageState : std::uint8_t {
  Scheduled = 0,
  Enroute = 1,
  Delivered = 2,
  Expired = 3,
  Deleted = 4,
  Undeliverable = 5,
  Accepted = 6,
  Unknown = 7,
  Rejected = 8,
  Skipped = 9,
};
std::string_view to_string(MessageState state);  // "DELIVRD": the seven letters of receipts
std::optional<MessageState> state_from(std::uint32_t number);
// Any case and the spellings of the field: DELIVRD, DELIVERED, ACKED, BUFFRED, BUFFERD, UNDELIV, "2"…
std::optional<MessageState> state_from(std::string_view text);
// No other state follows. Scheduled, Enroute and Accepted are not final, whatever the standard says of
// Accepted.
bool is_final(MessageState state);

// network_error_code.
struct NetworkError {
  std::uint8_t network = 0;  // 1 ANSI-136, 2 IS-95, 3 GSM
  std::uint16_t code = 0;
  friend bool operator==(const NetworkError&, const NetworkError&) = default;
};

// Views into the PDU. What the receipt did not say is empty.
struct Receipt {
  std::string_view id;  // of the message, as the SMSC spells it; see message_id.h
  std::optional<MessageState> state;
  std::string_view state_text;  // as spelt
  bool intermediate = false;    // an intermediate notification by esm_class
  std::optional<std::uint32_t> submitted, delivered;
  std::optional<WallTime> submit_date, done_date;
  std::string_view error;  // "000"
  std::optional<NetworkError> network_error;
  std::string_view text;  // the beginning of the message
};

struct ReceiptSettings {
  int quarter_hours = 0;  // the zone of the sender's dates
};

// The receipt in a deliver_sm or data_sm; nullopt when it is none: its esm_class says neither receipt nor
// intermediate notification, and neither text (an id and a state) nor TLVs (0x001E and 0x0427) are one's.
// `text`: short_message, or message_payload when that is empty, as ASCII or UTF-8 (a UCS-2 one decoded
// before). TLVs go before text.
std::optional<Receipt> parse_receipt(std::uint8_t esm_class, std::string_view text, const TlvList& tlvs,
                                     const ReceiptSettings& settings = {});

enum class ReceiptFault : std::uint8_t { NoId, BadId, NoState, BadError };
std::string_view to_string(ReceiptFault fault);

// "id:… sub:001 dlvrd:001 submit date:… done date:… stat:DELIVRD err:000 text:…" appended to `out`, at most
// 254 octets; the text is cut to 20 octets, between characters. Missing dates are left out, missing counts
// are 001 and, for a message that was delivered, 001.
Result<std::size_t, ReceiptFault> write_receipt_text(const Receipt& receipt, std::string& out,
                                                     const ReceiptSettings& settings = {});
// receipted_message_id, message_state and, when known, network_error_code.
Result<std::size_t, ReceiptFault> put_receipt_tlvs(const Receipt& receipt, TlvWriter& tlvs);

inline constexpr std::uint8_t kEsmReceipt = 0x04;
inline constexpr std::uint8_t kEsmIntermediate = 0x20;

}  // namespace warp::smpp
