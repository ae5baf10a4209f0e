#include "mm4_content.h"

#include "warp/base/text.h"

namespace warp::messaging {
namespace {

constexpr std::uint8_t kInternational = 1;

std::optional<std::string> subscriber_of(const domain::MessageAddress& address, const std::string& domain) {
  if (address.ton == domain::kTonLetters) return std::nullopt;
  const mm4::Subscriber subscriber{address.digits, address.ton == kInternational, domain};
  auto text = mm4::to_string(subscriber);
  if (mm4::parse_subscriber(text) != subscriber) return std::nullopt;
  return text;
}

}  // namespace

std::string system_of(const domain::Connector& connector) {
  return "system-user@" + connector.local_domain;
}

std::optional<mm4::Message> forward_of(const domain::Message& message, const domain::Connector& connector,
                                       std::vector<domain::StoredMedia> media) {
  const auto from = subscriber_of(message.from, connector.local_domain);
  const auto to = subscriber_of(message.to, connector.remote_domain);
  if (!from || !to) return std::nullopt;
  mm4::Message out;
  out.type = mm4::Type::ForwardReq;
  out.from = *from;
  out.to = *to;
  out.sender = out.originator_system = system_of(connector);
  out.ack_request = true;
  out.delivery_report = true;
  out.message_class = "Personal";
  out.forward_counter = 1;
  out.date = message.accepted_at;
  if (message.valid_until > message.accepted_at) out.expiry = message.valid_until;
  out.text = message.text;
  if (message.rich) out.subject = message.rich->subject;
  for (auto& item : media)
    out.parts.push_back(
        {std::move(item.part.content_type), std::move(item.part.name), std::move(item.octets)});
  return out;
}

mm4::Message response_to(const mm4::Message& request, const domain::Connector& connector,
                         mm4::RequestStatus status) {
  mm4::Message out;
  out.type = mm4::response_of(request.type);
  out.version = request.version;
  out.transaction_id = request.transaction_id;
  out.message_id = request.message_id;
  out.quoted = request.quoted;
  out.from = out.sender = system_of(connector);
  out.to = request.originator_system;
  out.request_status = status;
  return out;
}

mm4::Message report_on(const mm4::Message& request, const domain::Connector& connector,
                       const std::string& recipient, mm4::MmStatus status) {
  mm4::Message out;
  out.type = mm4::Type::DeliveryReportReq;
  out.message_id = request.message_id;
  out.quoted = request.quoted;
  out.from = recipient;
  out.to = request.from;
  out.sender = out.originator_system = system_of(connector);
  out.ack_request = false;
  out.mm_status = status;
  return out;
}

IncomingRich incoming_of(const mm4::Message& request, const mm4::Subscriber& from,
                         const mm4::Subscriber& to) {
  IncomingRich out;
  out.kind = domain::MessageKind::Mms;
  out.source = from.digits;
  out.destination = to.digits;
  out.text = request.text;
  out.subject = request.subject;
  out.upstream_id = request.message_id.empty() ? request.transaction_id : request.message_id;
  for (const auto& part : request.parts) {
    domain::StoredMedia item;
    item.part.content_type = part.content_type;
    item.part.name = part.name;
    item.part.octets = static_cast<std::uint32_t>(part.octets.size());
    item.octets = part.octets;
    out.media.push_back(std::move(item));
  }
  return out;
}

WireOutcome outcome_of(mm4::RequestStatus status, std::string_view message_id) {
  using mm4::RequestStatus;
  switch (status) {
    case RequestStatus::Ok:
      return {WireResult::Answered, smpp::Status::Ok, message_id};
    case RequestStatus::ErrorUnspecified:
    case RequestStatus::ErrorNetworkProblem:
      return {WireResult::Answered, smpp::Status::SysErr, {}};
    case RequestStatus::ErrorSendingAddressUnresolved:
      return {WireResult::Answered, smpp::Status::InvDstAdr, {}};
    case RequestStatus::ErrorServiceDenied:
    case RequestStatus::ErrorMessageFormatCorrupt:
    case RequestStatus::ErrorMessageNotFound:
    case RequestStatus::ErrorContentNotAccepted:
    case RequestStatus::ErrorUnsupportedMessage:
      return {WireResult::Answered, smpp::Status::SubmitFail, {}};
  }
  return {WireResult::Answered, smpp::Status::SubmitFail, {}};
}

WireOutcome outcome_of(const smtp::Outcome& outcome) {
  using Result = smtp::Outcome::Result;
  if (outcome.result == Result::Ambiguous) return {WireResult::Ambiguous, smpp::Status::SysErr, {}};
  if (outcome.result == Result::Temporary) {
    const bool away = outcome.step == smtp::Step::Connect || outcome.step == smtp::Step::Login;
    if (away) return {WireResult::NotSent, smpp::Status::SysErr, {}};
    return {WireResult::Answered, outcome.code == 452 ? smpp::Status::Throttled : smpp::Status::SysErr, {}};
  }
  const bool recipient = outcome.step == smtp::Step::Recipient;
  return {WireResult::Answered, recipient ? smpp::Status::InvDstAdr : smpp::Status::SubmitFail, {}};
}

smpp::MessageState state_of(mm4::MmStatus status) {
  using mm4::MmStatus;
  switch (status) {
    case MmStatus::Expired:
      return smpp::MessageState::Expired;
    case MmStatus::Retrieved:
      return smpp::MessageState::Delivered;
    case MmStatus::Rejected:
      return smpp::MessageState::Rejected;
    case MmStatus::Deferred:
      return smpp::MessageState::Enroute;
    case MmStatus::Unrecognised:
      return smpp::MessageState::Undeliverable;
    case MmStatus::Indeterminate:
      return smpp::MessageState::Unknown;
    case MmStatus::Forwarded:
      return smpp::MessageState::Accepted;
  }
  return smpp::MessageState::Unknown;
}

std::optional<mm4::RequestStatus> request_status_of(smpp::Status status) {
  switch (status) {
    case smpp::Status::Ok:
      return mm4::RequestStatus::Ok;
    case smpp::Status::SysErr:
    case smpp::Status::MsgQFul:
    case smpp::Status::Throttled:
    case smpp::Status::RxTAppn:
      return std::nullopt;
    case smpp::Status::InvDstAdr:
      return mm4::RequestStatus::ErrorSendingAddressUnresolved;
    case smpp::Status::SubmitFail:
      return mm4::RequestStatus::ErrorContentNotAccepted;
    default:
      return mm4::RequestStatus::ErrorServiceDenied;
  }
}

}  // namespace warp::messaging
