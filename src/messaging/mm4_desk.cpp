#include "mm4_desk.h"

#include <algorithm>

namespace warp::messaging {
namespace {

const smtp::Reply kMailTaken{250, "2.0.0 Ok"};
const smtp::Reply kLater{451, "4.3.0 Try again later"};

bool allows(const Mm4Link& link, const domain::IpAddress& ip) {
  const auto& allowed = link.connector().allowed;
  return std::any_of(allowed.begin(), allowed.end(), [&](const auto& cidr) { return cidr.contains(ip); });
}

// Whom the answer goes to: as the request says, or as its mail does.
void complete_originator(mm4::Message& message, const smtp::Mail& mail, const domain::Connector& connector) {
  for (const auto& candidate : {message.originator_system, message.sender, mail.from})
    if (smtp::is_mailbox(candidate)) {
      message.originator_system = candidate;
      return;
    }
  message.originator_system = "system-user@" + connector.remote_domain;
}

// The transaction, for whom it is and where it came from: what makes a mail the same again.
std::string key_of(const Mm4Link& link, const mm4::Message& message) {
  return link.connector().id.to_string() + ' ' + std::string(mm4::to_string(message.type)) + ' ' +
         smtp::domain_of(message.originator_system) + ' ' + message.transaction_id;
}

}  // namespace

struct Mm4Desk::Forward {
  struct Recipient {
    std::string address;
    std::optional<smpp::Status> status;
  };
  std::weak_ptr<Mm4Link> link;  // an answer may outlive it, and the gateway
  mm4::Message message;         // without its parts
  std::string key;
  std::vector<Recipient> recipients;
  std::size_t open = 0;
  Done done;
};

Mm4Desk::Mm4Desk(Mm4Shared& shared, std::function<Links()> links)
    : shared_(shared), links_(std::move(links)) {}

std::optional<smtp::Reply> Mm4Desk::refuses(const domain::IpAddress& ip) {
  if (!open_) return smtp::Reply{421, "4.3.2 Not open yet"};
  for (const auto& link : links_())
    if (allows(*link, ip)) return std::nullopt;
  return smtp::Reply{554, "5.7.1 Not from there"};
}

smtp::Reply Mm4Desk::sender(const smtp::Peer&, std::string_view) {
  return kMailTaken;
}

std::shared_ptr<Mm4Link> Mm4Desk::link_of(const domain::IpAddress& ip, std::string_view from,
                                          std::string_view to) {
  const auto to_domain = smtp::domain_of(to), from_domain = smtp::domain_of(from);
  Links fitting, closest;
  for (const auto& link : links_()) {
    if (!allows(*link, ip) || !iequals(link->connector().local_domain, to_domain)) continue;
    fitting.push_back(link);
    if (iequals(link->connector().remote_domain, from_domain)) closest.push_back(link);
  }
  if (fitting.size() == 1) return fitting.front();
  return closest.size() == 1 ? closest.front() : nullptr;
}

smtp::Reply Mm4Desk::recipient(const smtp::Peer& peer, std::string_view from, std::string_view to) {
  if (link_of(peer.address.ip, from, to)) return kMailTaken;
  return {550, "5.7.1 Nothing is carried from you to there"};
}

void Mm4Desk::receive(smtp::Mail mail, Done done) {
  const auto link = link_of(mail.peer.address.ip, mail.from, mail.to.front());
  if (!link || !shared_.events) return done(kLater);
  mm4::Limits limits;
  limits.octets = shared_.settings.server.max_octets;
  auto parsed = mm4::parse(mail.octets, limits);
  if (!parsed) return malformed(*link, mail, parsed.error(), done);
  auto message = std::move(*parsed);
  shared_.metrics.received(message.type).add();
  complete_originator(message, mail, link->connector());
  switch (message.type) {
    case mm4::Type::ForwardReq:
      return forward(link, mail, std::move(message), std::move(done));
    case mm4::Type::ForwardRes:
      forward_answered(mail, message);
      return done(kMailTaken);
    case mm4::Type::DeliveryReportReq:
      return delivery_report(link, std::move(message), std::move(done));
    case mm4::Type::ReadReplyReportReq:
      respond(*link, message, mm4::RequestStatus::Ok);
      return done(kMailTaken);
    case mm4::Type::DeliveryReportRes:
    case mm4::Type::ReadReplyReportRes:
      return done(kMailTaken);
  }
}

void Mm4Desk::malformed(Mm4Link& link, const smtp::Mail& mail, const mm4::ParseFault& fault,
                        const Done& done) {
  shared_.metrics.malformed.add();
  shared_.log.warning("messaging.mm4_malformed", {{"connector", link.connector().name},
                                                  {"fault", mm4::to_string(fault.code)},
                                                  {"transaction", fault.head.transaction_id}});
  auto head = fault.head;
  const bool known = fault.code != mm4::ParseCode::TypeMissing && fault.code != mm4::ParseCode::TypeUnknown &&
                     fault.code != mm4::ParseCode::HeaderTwice;
  if (!known || head.transaction_id.empty() || !is_request(head.type))
    return done({554, "5.6.0 This is no MM4 that can be answered: " + std::string(to_string(fault.code))});
  complete_originator(head, mail, link.connector());
  head.ack_request = true;
  const bool content = fault.code == mm4::ParseCode::TooManyParts || fault.code == mm4::ParseCode::TooDeep;
  respond(
      link, head,
      content ? mm4::RequestStatus::ErrorContentNotAccepted : mm4::RequestStatus::ErrorMessageFormatCorrupt);
  done(kMailTaken);
}

void Mm4Desk::respond(Mm4Link& link, const mm4::Message& request, mm4::RequestStatus status) {
  if (request.ack_request) link.post(response_to(request, link.connector(), status));
}

void Mm4Desk::forward(std::shared_ptr<Mm4Link> link, const smtp::Mail& mail, mm4::Message message,
                      Done done) {
  const auto key = key_of(*link, message);
  if (const auto known = remembered_.find(key); known != remembered_.end()) {
    shared_.metrics.repeated.add();
    respond(*link, message, known->second);
    return done(kMailTaken);
  }
  if (under_way_.count(key) > 0) return done(kLater);
  auto from = mm4::parse_subscriber(message.from);
  if (!from) from = mm4::parse_subscriber(mail.from);
  auto work = std::make_shared<Forward>();
  work->link = link;
  work->key = key;
  work->done = std::move(done);
  std::vector<IncomingRich> incoming;
  for (const auto& address : mail.to) {
    const auto to = mm4::parse_subscriber(address);
    work->recipients.push_back({address, std::nullopt});
    if (!from || !to) {
      work->recipients.back().status = smpp::Status::InvDstAdr;
      incoming.emplace_back();
      continue;
    }
    incoming.push_back(incoming_of(message, *from, *to));
    if (mail.to.size() > 1) incoming.back().upstream_id += "/" + to->digits;
    ++work->open;
  }
  message.parts.clear();
  message.text.clear();
  work->message = std::move(message);
  under_way_.insert(key);
  if (work->open == 0) return conclude(*work);
  for (std::size_t i = 0; i < incoming.size(); ++i) {
    if (work->recipients[i].status) continue;
    shared_.events->upstream_rich(
        link->connector().id, std::move(incoming[i]),
        [this, alive = std::weak_ptr<char>(shared_.life), work, i](smpp::Status status) {
          if (!alive.expired()) told(work, i, status);
        });
  }
}

void Mm4Desk::told(const std::shared_ptr<Forward>& forward, std::size_t recipient, smpp::Status status) {
  auto& place = forward->recipients[recipient].status;
  if (place) return;
  place = status;
  if (--forward->open == 0) conclude(*forward);
}

void Mm4Desk::conclude(Forward& forward) {
  under_way_.erase(forward.key);
  const auto link = forward.link.lock();
  if (!link) return forward.done(kLater);
  std::optional<mm4::RequestStatus> verdict;
  for (const auto& recipient : forward.recipients) {
    const auto status = request_status_of(*recipient.status);
    if (!status) return forward.done(kLater);  // those that have it know it when it comes again
    if (!verdict || *status == mm4::RequestStatus::Ok) verdict = status;
  }
  if (*verdict != mm4::RequestStatus::Ok) shared_.metrics.refused.add();
  remember(forward.key, *verdict);
  respond(*link, forward.message, *verdict);
  const auto& connector = link->connector();
  if (forward.message.delivery_report && *verdict == mm4::RequestStatus::Ok)
    for (const auto& recipient : forward.recipients) {
      const bool taken = *recipient.status == smpp::Status::Ok;
      link->post(report_on(forward.message, connector, recipient.address,
                           taken ? mm4::MmStatus::Retrieved : mm4::MmStatus::Rejected));
    }
  forward.done(kMailTaken);
}

void Mm4Desk::remember(const std::string& key, mm4::RequestStatus status) {
  if (!remembered_.emplace(key, status).second) return;
  remembered_order_.push_back(key);
  if (remembered_order_.size() <= shared_.settings.remembered) return;
  remembered_.erase(remembered_order_.front());
  remembered_order_.pop_front();
}

void Mm4Desk::forward_answered(const smtp::Mail& mail, const mm4::Message& message) {
  for (const auto& link : links_())
    if (allows(*link, mail.peer.address.ip) && link->answered(message)) return;
  shared_.metrics.unmatched.add();
}

void Mm4Desk::delivery_report(std::shared_ptr<Mm4Link> link, mm4::Message message, Done done) {
  // Of the link that sent it, should another have the same peer.
  for (const auto& other : links_())
    if (iequals(other->connector().local_domain, smtp::domain_of(message.message_id)) &&
        other->connector().remote_domain == link->connector().remote_domain)
      link = other;
  link->reported(message.message_id);
  const auto status = *message.mm_status;
  const auto error = message.status_text.empty() ? std::string(mm4::to_string(status)) : message.status_text;
  auto answer = [this, alive = std::weak_ptr<char>(shared_.life), held = std::weak_ptr<Mm4Link>(link),
                 message, done = std::move(done)](smpp::Status heard) {
    if (alive.expired()) return;
    const auto to = held.lock();
    if (!to) return done(kLater);
    const auto verdict = request_status_of(heard);
    if (!verdict) return done(kLater);
    respond(*to, message,
            *verdict == mm4::RequestStatus::Ok ? *verdict : mm4::RequestStatus::ErrorMessageNotFound);
    done(kMailTaken);
  };
  const auto state = state_of(status);
  shared_.events->upstream_receipt(link->connector().id, message.message_id, state,
                                   state == smpp::MessageState::Delivered ? std::string_view() : error,
                                   std::move(answer));
}

}  // namespace warp::messaging
