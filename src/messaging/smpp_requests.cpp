// The desk's requests about messages that were accepted: query_sm, cancel_sm, replace_sm.
#include "warp/base/checked.h"
#include "warp/smpp/pdu/encoding.h"
#include "warp/smpp/pdu/segments.h"
#include "warp/smpp/pdu/time.h"

#include "smpp_gateway_impl.h"

namespace warp::messaging {
namespace {

using smpp::Status;

constexpr std::size_t kMostLookups = 64;  // that the database is asked at once

std::string_view plain(std::string_view digits) {
  return digits.starts_with('+') ? digits.substr(1) : digits;
}
// An empty source is any: many ESMEs leave it so.
bool same_source(const domain::Message& message, const smpp::Address& source) {
  return source.digits.empty() || plain(source.digits) == message.from.digits;
}

// Final ones say when and, where the network gave a number, why.
smpp::QuerySmResp facts_of(const domain::Message& message, std::string& date) {
  smpp::QuerySmResp out;
  const bool waits = message.state == domain::MessageState::Queued;
  const auto state = waits ? smpp::MessageState::Accepted : state_of(message.state);
  out.message_state = static_cast<std::uint8_t>(state);
  if (message.final_at) date = smpp::format_absolute(*message.final_at);
  out.final_date = date;
  out.error_code = parse_number<std::uint8_t>(message.network_error).value_or(0);
  return out;
}

}  // namespace

void Desk::query(smpp::SessionId session, std::uint32_t sequence, const domain::Esme& esme,
                 const smpp::QuerySm& query) {
  const auto id = MessageId::parse(query.message_id);
  if (!id) return answer_with(session, sequence, Status::QueryFail);
  const domain::MessageAddress source{query.source.ton, query.source.npi, std::string(query.source.digits)};
  if (const auto* message = service_->find(*id)) {
    const bool theirs = message->customer == esme.customer;
    return tell(session, sequence, theirs ? message : nullptr, query.source);
  }
  if (lookups_ >= kMostLookups) return answer_with(session, sequence, Status::Throttled);
  ++lookups_;
  service_->look_up(
      esme.customer, *id,
      [this, alive = std::weak_ptr<char>(life_), session, sequence, source](
          bool known, const std::optional<domain::Message>& message) {
        if (alive.expired()) return;
        --lookups_;
        if (!known) return answer_with(session, sequence, Status::SysErr);
        tell(session, sequence, message ? &*message : nullptr, {source.ton, source.npi, source.digits});
      });
}

void Desk::tell(smpp::SessionId session, std::uint32_t sequence, const domain::Message* message,
                const smpp::Address& source) {
  if (!message || !same_source(*message, source)) return answer_with(session, sequence, Status::QueryFail);
  const auto id = message->id.to_string();
  std::string date;
  auto body = facts_of(*message, date);
  body.message_id = id;
  (void)server_.answer(session, sequence, Status::Ok, smpp::Body(body));
}

// By its id; or, without one, all of this account that wait for a destination, of one kind of service if it
// says so.
void Desk::cancel(smpp::SessionId session, std::uint32_t sequence, const domain::Esme& esme,
                  const smpp::CancelSm& request) {
  std::size_t cancelled = 0;
  if (!request.message_id.empty()) {
    const auto id = MessageId::parse(request.message_id);
    const auto* message = id ? service_->find(*id) : nullptr;
    if (message && same_source(*message, request.source))
      cancelled = service_->cancel(esme.customer, *id) == CancelResult::Cancelled ? 1 : 0;
  } else if (!request.source.digits.empty() && !request.destination.digits.empty()) {
    cancelled = service_->cancel_all(esme.id, plain(request.source.digits), plain(request.destination.digits),
                                     request.service_type);
  }
  answer_with(session, sequence, cancelled > 0 ? Status::Ok : Status::CancelFail);
}

void Desk::replace(smpp::SessionId session, std::uint32_t sequence, const domain::Esme& esme,
                   const smpp::ReplaceSm& request, const smpp::TlvList& tlvs) {
  const auto id = MessageId::parse(request.message_id);
  const auto* message = id ? service_->find(*id) : nullptr;
  if (!message || !same_source(*message, request.source))
    return answer_with(session, sequence, Status::ReplaceFail);
  Replacement wanted;
  wanted.customer = esme.customer;
  wanted.esme = esme.id;
  wanted.id = *id;
  wanted.receipts = wish_of(request.registered_delivery);
  auto status = Status::Ok;
  if (!read_times(request.schedule_delivery_time, request.validity_period, loop_.clock().wall(),
                  wanted.not_before, wanted.valid_until, status))
    return answer_with(session, sequence, status);
  const auto part = smpp::read_part(0, request.short_message, tlvs);
  if (!part) return answer_with(session, sequence, Status::ReplaceFail);
  const auto coding = smpp::interpret(message->submitted_coding, alphabet_of(esme));
  wanted.text =
      message->binary_coding ? std::string(part->text) : smpp::decode_text(part->text, coding.alphabet).text;
  service_->replace(std::move(wanted),
                    [this, alive = std::weak_ptr<char>(life_), session, sequence](Status answer) {
                      if (!alive.expired()) answer_with(session, sequence, answer);
                    });
}

}  // namespace warp::messaging
