#include "pdu_content.h"

#include "warp/smpp/pdu/segments.h"
#include "warp/smpp/pdu/time.h"

namespace warp::messaging {
namespace {

using smpp::Status;

smpp::Address address_of(const domain::MessageAddress& address) {
  return {address.ton, address.npi, address.digits};
}
domain::MessageAddress address_of(const smpp::Address& address) {
  return {address.ton, address.npi, std::string(address.digits)};
}

}  // namespace

bool read_times(std::string_view schedule, std::string_view validity, WallTime now,
                std::optional<WallTime>& not_before, std::optional<WallTime>& valid_until, Status& status) {
  if (!schedule.empty()) {
    const auto time = smpp::parse_time(schedule);
    status = Status::InvSched;
    if (!time) return false;
    not_before = time->resolve(now);
  }
  if (!validity.empty()) {
    const auto time = smpp::parse_time(validity);
    status = Status::InvExpiry;
    if (!time) return false;
    // Relative validity counts from the submission, as schedules do.
    valid_until = time->resolve(now);
  }
  status = Status::Ok;
  return true;
}

smpp::Alphabet alphabet_of(const domain::Esme& esme) {
  return smpp::parse_alphabet(esme.default_alphabet).value_or(smpp::Alphabet::Gsm7);
}

domain::ReceiptWish wish_of(std::uint8_t registered_delivery) {
  if ((registered_delivery & 0x10) != 0) return domain::ReceiptWish::Each;
  switch (registered_delivery & 0x03) {
    case 1:
      return domain::ReceiptWish::Final;
    case 2:
      return domain::ReceiptWish::FailureOnly;
    default:
      return domain::ReceiptWish::None;
  }
}

smpp::MessageState state_of(domain::MessageState state) {
  switch (state) {
    case domain::MessageState::Queued:
    case domain::MessageState::Sending:
    case domain::MessageState::Sent:
      return smpp::MessageState::Enroute;
    case domain::MessageState::Delivered:
      return smpp::MessageState::Delivered;
    case domain::MessageState::Undelivered:
      return smpp::MessageState::Undeliverable;
    case domain::MessageState::Expired:
      return smpp::MessageState::Expired;
    case domain::MessageState::Failed:
      return smpp::MessageState::Rejected;
    case domain::MessageState::Cancelled:
      return smpp::MessageState::Deleted;
  }
  return smpp::MessageState::Unknown;
}

smpp::Pdu pdu_of(smpp::CommandId command, const WirePart& part, std::string& octets) {
  smpp::Pdu pdu;
  pdu.header.command = command;
  smpp::ShortMessage body;
  body.source = address_of(part.source);
  body.destination = address_of(part.destination);
  body.message.esm_class = part.esm_class;
  body.message.protocol_id = part.protocol_id;
  body.message.priority_flag = part.priority;
  body.message.validity_period = part.validity;
  body.message.registered_delivery = part.registered_delivery;
  body.message.data_coding = part.data_coding;
  octets.assign(part.tlvs);
  {
    smpp::TlvWriter tlvs(octets);
    // Appended after those that were given encoded.
    if (part.payload)
      tlvs.octets(smpp::Tag::MessagePayload, part.user_data);
    else
      body.message.short_message = part.user_data;
    if (part.sar) smpp::put_sar(*part.sar, tlvs);
  }
  pdu.tlvs = smpp::TlvList::read(octets);
  pdu.body = body;
  return pdu;
}

WireOutcome outcome_of(const smpp::Reply& reply) {
  switch (reply.outcome) {
    case smpp::Outcome::Answered:
      return {WireResult::Answered, reply.status, reply.message_id};
    case smpp::Outcome::BadResponse:
      return {WireResult::Answered, Status::Ok, {}};
    case smpp::Outcome::TimedOut:
      return {WireResult::Ambiguous, Status::Ok, {}};
    case smpp::Outcome::Closed:
      return {reply.left ? WireResult::Ambiguous : WireResult::NotSent, Status::Ok, {}};
  }
  return {WireResult::Ambiguous, Status::Ok, {}};
}

IncomingPart incoming_of(const smpp::Pdu& pdu) {
  IncomingPart part;
  part.tlvs = pdu.tlvs;
  if (const auto* sm = std::get_if<smpp::ShortMessage>(&pdu.body)) {
    part.source = sm->source.digits;
    part.source_ton = sm->source.ton;
    part.source_npi = sm->source.npi;
    part.destination = sm->destination.digits;
    part.esm_class = sm->message.esm_class;
    part.protocol_id = sm->message.protocol_id;
    part.data_coding = sm->message.data_coding;
    part.short_message = sm->message.short_message;
  } else if (const auto* data = std::get_if<smpp::DataSm>(&pdu.body)) {
    part.source = data->source.digits;
    part.source_ton = data->source.ton;
    part.source_npi = data->source.npi;
    part.destination = data->destination.digits;
    part.esm_class = data->esm_class;
    part.data_coding = data->data_coding;
  }
  return part;
}

Status read_submission(const SubmitFields& fields, const smpp::TlvList& tlvs, smpp::Alphabet alphabet,
                       WallTime now, Submission& out) {
  const auto& message = fields.message;
  auto status = Status::Ok;
  if (!read_times(message.schedule_delivery_time, message.validity_period, now, out.not_before,
                  out.valid_until, status))
    return status;
  // A data_sm has it as a TLV.
  if (const auto seconds = tlvs.number(smpp::Tag::QosTimeToLive); seconds && !out.valid_until)
    out.valid_until = now + std::chrono::seconds(*seconds);
  const auto part = smpp::read_part(message.esm_class, message.short_message, tlvs);
  if (!part) return Status::InvEsmClass;
  out.origin = domain::MessageOrigin::Smpp;
  out.from = address_of(fields.source);
  out.to = address_of(fields.destination);
  out.priority = message.priority_flag;
  out.protocol_id = message.protocol_id;
  out.service_type = domain::ServiceType(fields.service_type);
  out.submitted_coding = message.data_coding;
  out.receipts = wish_of(message.registered_delivery);
  const auto coding = smpp::interpret(message.data_coding, alphabet);
  const bool in_parts = part->concat && part->concat->valid() && part->concat->total > 1;
  if (!in_parts && part->udh.octets == 0 && coding.alphabet != smpp::Alphabet::Binary) {
    out.text = smpp::decode_text(part->text, coding.alphabet).text;
    out.message_class = coding.message_class;
    return Status::Ok;
  }
  out.binary_coding = message.data_coding;
  out.text = part->text;
  smpp::UdhWriter udh;
  if (in_parts) udh.concat(*part->concat);
  if (part->udh.octets > 0) udh.others(part->udh);
  udh.append_to(out.udh);
  return Status::Ok;
}

}  // namespace warp::messaging
