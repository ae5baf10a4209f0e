#include "warp/smpp/pdu/receipt.h"

#include <array>
#include <utility>

#include "warp/base/checked.h"
#include "warp/base/text.h"
#include "warp/smpp/pdu/time.h"

#include "octets.h"
#include "receipt_fields.h"

namespace warp::smpp {
namespace {

constexpr std::uint8_t kEsmTypeMask = 0x3C;
constexpr std::size_t kTextOctets = 20;
constexpr std::size_t kLongestId = 64;
constexpr std::size_t kLongestError = 10;

void take_text(const receipt::Fields& fields, const ReceiptSettings& settings, Receipt& receipt) {
  using receipt::Key;
  receipt.id = fields[Key::Id];
  receipt.state_text = fields[Key::State];
  receipt.state = state_from(receipt.state_text);
  receipt.submitted = parse_number<std::uint32_t>(fields[Key::Submitted]);
  receipt.delivered = parse_number<std::uint32_t>(fields[Key::Delivered]);
  receipt.submit_date = parse_receipt_date(fields[Key::SubmitDate], settings.quarter_hours);
  receipt.done_date = parse_receipt_date(fields[Key::DoneDate], settings.quarter_hours);
  receipt.error = fields[Key::Error];
  receipt.text = fields[Key::Text];
}

void take_tlvs(const TlvList& tlvs, Receipt& receipt) {
  if (const auto id = tlvs.text(Tag::ReceiptedMessageId); id && !id->empty()) receipt.id = *id;
  if (const auto number = tlvs.number(Tag::MessageState))
    if (const auto state = state_from(*number)) receipt.state = state;
  const auto error = tlvs.find(Tag::NetworkErrorCode);
  if (error && error->value.size() == 3)
    receipt.network_error = NetworkError{octets::u8(error->value, 0), octets::u16(error->value, 1)};
}

// A word that cannot be taken for the next field.
bool is_word(std::string_view value, std::size_t longest) {
  if (value.size() > longest) return false;
  for (const char c : value)
    if (static_cast<unsigned char>(c) <= ' ' || c == 0x7F || c == ',' || c == ';' || c == '|') return false;
  return true;
}

std::optional<ReceiptFault> fault_of(const Receipt& receipt) {
  if (receipt.id.empty()) return ReceiptFault::NoId;
  if (!is_word(receipt.id, kLongestId)) return ReceiptFault::BadId;
  if (!receipt.state) return ReceiptFault::NoState;
  if (!is_word(receipt.error, kLongestError)) return ReceiptFault::BadError;
  return std::nullopt;
}

void put_count(std::string& out, std::string_view key, std::uint32_t count) {
  const auto digits = std::to_string(count % 1000);
  out.append(key).append(3 - digits.size(), '0').append(digits);
}

std::string_view beginning(std::string_view text) {
  if (text.size() <= kTextOctets) return text;
  auto end = kTextOctets;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end;
  return text.substr(0, end);
}

}  // namespace

std::optional<Receipt> parse_receipt(std::uint8_t esm_class, std::string_view text, const TlvList& tlvs,
                                     const ReceiptSettings& settings) {
  const auto type = esm_class & kEsmTypeMask;
  const bool declared = type == kEsmReceipt || type == kEsmIntermediate;
  const bool plain = type == 0;
  if (!declared && !plain) return std::nullopt;
  if (text.empty())
    if (const auto payload = tlvs.find(Tag::MessagePayload)) text = payload->value;

  const auto fields = receipt::split_fields(text);
  Receipt receipt;
  receipt.intermediate = type == kEsmIntermediate;
  take_text(fields, settings, receipt);
  const bool by_text = !receipt.id.empty() && receipt.state;
  const bool by_tlvs = tlvs.find(Tag::ReceiptedMessageId) && tlvs.find(Tag::MessageState);
  if (!declared && !by_text && !by_tlvs) return std::nullopt;
  take_tlvs(tlvs, receipt);
  return receipt;
}

Result<std::size_t, ReceiptFault> write_receipt_text(const Receipt& receipt, std::string& out,
                                                     const ReceiptSettings& settings) {
  if (const auto fault = fault_of(receipt)) return *fault;
  const auto start = out.size();
  const bool delivered = receipt.state == MessageState::Delivered;
  out.append("id:").append(receipt.id);
  put_count(out, " sub:", receipt.submitted.value_or(1));
  put_count(out, " dlvrd:", receipt.delivered.value_or(delivered ? 1 : 0));
  if (receipt.submit_date)
    out.append(" submit date:")
        .append(format_receipt_date(*receipt.submit_date, false, settings.quarter_hours));
  if (receipt.done_date)
    out.append(" done date:").append(format_receipt_date(*receipt.done_date, false, settings.quarter_hours));
  out.append(" stat:").append(to_string(*receipt.state));
  out.append(" err:").append(receipt.error.empty() ? "000" : receipt.error);
  out.append(" text:").append(beginning(receipt.text));
  return out.size() - start;
}

Result<std::size_t, ReceiptFault> put_receipt_tlvs(const Receipt& receipt, TlvWriter& tlvs) {
  if (const auto fault = fault_of(receipt)) return *fault;
  tlvs.text(Tag::ReceiptedMessageId, receipt.id)
      .number(Tag::MessageState, static_cast<std::uint32_t>(*receipt.state));
  if (!receipt.network_error) return std::size_t{2};
  std::string value;
  octets::put_u8(value, receipt.network_error->network);
  octets::put_u16(value, receipt.network_error->code);
  tlvs.octets(Tag::NetworkErrorCode, value);
  return std::size_t{3};
}

std::string_view to_string(ReceiptFault fault) {
  switch (fault) {
    case ReceiptFault::NoId:
      return "no_id";
    case ReceiptFault::BadId:
      return "bad_id";
    case ReceiptFault::NoState:
      return "no_state";
    case ReceiptFault::BadError:
      return "bad_error";
  }
  return {};
}

}  // namespace warp::smpp
