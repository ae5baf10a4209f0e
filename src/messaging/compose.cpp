// What a delivery looks like as deliver_sm.
#include "warp/smpp/pdu/encoding.h"
#include "warp/smpp/pdu/receipt.h"

#include "deliveries.h"
#include "pdu_content.h"

namespace warp::messaging {
namespace {

smpp::MessageState receipt_state(std::string_view state) {
  const auto parsed = domain::parse_message_state(state);
  return parsed ? state_of(*parsed) : smpp::MessageState::Unknown;
}

}  // namespace

bool Deliveries::compose(const domain::Esme& esme, Owed& owed) {
  auto content = std::exchange(owed.content, std::nullopt);
  if (!content) content = content_from_json(owed.delivery.payload);
  if (!content) return false;
  auto composed = std::make_unique<Composed>();
  if (content->kind == domain::DeliveryKind::Receipt)
    compose_receipt(esme, *content, *composed);
  else
    compose_inbound(esme, *content, *composed);
  if (composed->segments.empty()) return false;
  owed.composed = std::move(composed);
  return true;
}

void Deliveries::compose_receipt(const domain::Esme& esme, const Content& content, Composed& out) {
  out.source = content.to;
  out.destination = content.from;
  smpp::Receipt receipt;
  receipt.id = content.message;
  receipt.state = receipt_state(content.state);
  receipt.intermediate = !smpp::is_final(*receipt.state);
  receipt.submit_date = content.accepted_at;
  receipt.done_date = content.at;
  receipt.error = content.network_error.empty() ? "000" : std::string_view(content.network_error);
  if (!content.binary_coding) receipt.text = content.text;
  out.esm_class = receipt.intermediate ? smpp::kEsmIntermediate : smpp::kEsmReceipt;
  smpp::Segment segment;
  if (!smpp::write_receipt_text(receipt, segment.user_data)) {
    // An upstream's own error text that does not fit the field of three digits.
    receipt.error = "999";
    if (!smpp::write_receipt_text(receipt, segment.user_data)) return;
  }
  if (esme.receipt_tlvs) {
    smpp::TlvWriter tlvs(out.tlvs);
    (void)smpp::put_receipt_tlvs(receipt, tlvs);
  }
  out.segments.push_back(std::move(segment));
}

void Deliveries::compose_inbound(const domain::Esme& esme, const Content& content, Composed& out) {
  out.source = content.from;
  out.destination = content.to;
  if (content.binary_coding) {
    smpp::Segment segment;
    segment.udhi = !content.udh.empty();
    segment.user_data = content.udh + content.text;
    out.data_coding = *content.binary_coding;
    out.segments.push_back(std::move(segment));
    return;
  }
  smpp::EncodeSettings encode;
  encode.default_alphabet = alphabet_of(esme);
  // SMPP has no place for attachments: the text ends with where they are.
  auto written = content.text;
  for (const auto& media : content.media)
    if (!media.url.empty()) written.append(written.empty() ? "" : "\n").append(media.url);
  const auto text = smpp::encode_text(written, encode);
  out.data_coding = text.data_coding;
  smpp::SplitSettings split;
  split.reference = ++reference_;
  if (auto segments = smpp::split(text, split)) out.segments = std::move(*segments);
}

}  // namespace warp::messaging
