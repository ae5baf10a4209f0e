#include "rich_inbound.h"

#include "warp/smpp/pdu/alphabet.h"

namespace warp::messaging {
namespace {

// No reference of a customer begins so: an Idempotency-Key is printable.
constexpr char kMark = '\x1f';

domain::Message message_of(IncomingRich& incoming, ConnectorId connector, WallTime now) {
  domain::Message message;
  message.direction = domain::Direction::Inbound;
  message.origin = domain::MessageOrigin::Connector;
  message.kind = incoming.kind;
  message.connector = connector;
  message.from.digits = std::move(incoming.source);
  message.to.digits = std::move(incoming.destination);
  for (auto* address : {&message.from, &message.to})
    if (address->digits.starts_with('+')) address->digits.erase(0, 1);
  message.text = std::move(incoming.text);
  message.encoding = to_string(smpp::Alphabet::Utf8);
  message.accepted_at = message.not_before = message.valid_until = now;
  message.receipts = domain::ReceiptWish::None;
  if (!incoming.upstream_id.empty())
    message.client_reference =
        kMark + std::string("rich/") + connector.to_string() + "/" + incoming.upstream_id;
  return message;
}

}  // namespace

void RichInbound::on_rich(ConnectorId connector, IncomingRich incoming, Answer answer) {
  const auto now = core_.clock.wall();
  auto message = message_of(incoming, connector, now);
  if (!inbound_.find_owner(message)) {
    core_.metrics.inbound_unknown.add();
    return answer(smpp::Status::InvDstAdr);
  }
  message.id = {core_.ids.uuid7(now)};
  auto rich = std::make_shared<domain::RichContent>();
  rich->subject = std::move(incoming.subject);
  for (auto& media : incoming.media) {
    media.part.id = {core_.ids.uuid7(now)};
    media.part.octets = static_cast<std::uint32_t>(media.octets.size());
    rich->media.push_back(media.part);
  }
  message.rich = std::move(rich);
  if (incoming.media.empty()) return save(std::move(message), std::move(answer));
  if (!core_.media) return answer(smpp::Status::SubmitFail);
  const auto owner = message.customer;
  core_.media->save(owner, std::move(incoming.media),
                    core_.guard([this, message = std::move(message), answer](bool durable) {
                      if (durable) return save(message, answer);
                      core_.metrics.store_failures.add();
                      answer(smpp::Status::SysErr);  // to be said again
                    }));
}

void RichInbound::save(domain::Message message, Answer answer) {
  auto copy = message;
  core_.store.insert_once(std::move(copy), core_.guard([this, message = std::move(message),
                                                        answer](const domain::Insertion& outcome) {
    if (outcome.earlier && *outcome.earlier != message.id) {
      core_.metrics.rich_repeated.add();
      return answer(smpp::Status::Ok);
    }
    if (!outcome.durable) {
      core_.metrics.store_failures.add();
      return answer(smpp::Status::SysErr);
    }
    inbound_.hand_on(message, [answer] { answer(smpp::Status::Ok); });
  }));
}

}  // namespace warp::messaging
