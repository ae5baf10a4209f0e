#include "mm4_link.h"

#include <algorithm>
#include <tuple>

namespace warp::messaging {
namespace {

using std::chrono::milliseconds;

constexpr std::uint16_t kImplicitTlsPort = 465;

auto smtp_connection_of(const domain::Connector& c) {
  return std::tie(c.host, c.port, c.tls, c.tls_ca_file, c.tls_server_name, c.system_id, c.password, c.binds,
                  c.local_domain);
}

smtp::ClientSettings smtp_settings_of(const domain::Connector& connector) {
  smtp::ClientSettings settings;
  settings.host = connector.host;
  settings.port = connector.port;
  settings.hello = connector.local_domain;
  settings.tls.mode = !connector.tls                       ? smtp::TlsMode::Opportunistic
                      : connector.port == kImplicitTlsPort ? smtp::TlsMode::Implicit
                                                           : smtp::TlsMode::Required;
  settings.tls.ca_file = connector.tls_ca_file;
  settings.tls.verify_name = connector.tls_server_name;
  settings.login = connector.system_id;
  settings.password = connector.password;
  settings.connections = std::max<std::size_t>(connector.binds, 1);
  return settings;
}

milliseconds backoff(milliseconds first, milliseconds longest, unsigned failures) {
  return std::min(first * (1u << std::min(failures, 20u)), longest);
}

}  // namespace

Mm4Metrics::Mm4Metrics(metrics::Registry& registry)
    : malformed(registry.counter("warp_mm4_malformed_total", "Mails of peers that are no well-formed MM4.")),
      refused(registry.counter("warp_mm4_refused_total",
                               "Well-formed MM4 requests of peers that were refused for good.")),
      repeated(
          registry.counter("warp_mm4_repeated_total",
                           "Transactions of peers that came again and were answered as the first time.")),
      unmatched(registry.counter("warp_mm4_unmatched_total",
                                 "Answers of peers that no message waits for, or waits for any more.")),
      unanswered(registry.counter("warp_mm4_unanswered_total",
                                  "Messages that a peer's server took and nobody answered in time.")),
      given_up(registry.counter("warp_mm4_answers_given_up_total",
                                "Answers and reports that could not be handed to a peer.")),
      waiting(registry.gauge("warp_mm4_waiting", "Messages that wait for a peer's answer.")),
      up(registry.gauge("warp_mm4_connectors_up", "MM4 connectors whose server takes mails.")) {
  for (std::size_t i = 0; i < 6; ++i) {
    const metrics::Labels labels{{"type", std::string(to_string(static_cast<mm4::Type>(i)))}};
    received_[i] = &registry.counter("warp_mm4_received_total", "MM4 messages of peers, by type.", labels);
    sent_[i] =
        &registry.counter("warp_mm4_sent_total", "MM4 messages that peers' servers took, by type.", labels);
  }
}

Mm4Link::Mm4Link(Mm4Shared& shared, const domain::Connector& connector)
    : shared_(shared),
      connector_(connector),
      client_(std::make_unique<smtp::Client>(shared.loop, smtp_settings_of(connector), shared.registry)) {}

Mm4Link::~Mm4Link() {
  auto& wheel = shared_.loop.wheel();
  wheel.cancel(probe_timer_);
  wheel.cancel(stop_timer_);
  for (auto& [id, waiting] : waiting_)
    wheel.cancel(waiting.deadline);
  shared_.metrics.waiting.add(-static_cast<double>(waiting_.size()));
  if (up_) shared_.metrics.up.add(-1);
}

bool Mm4Link::same_connection(const domain::Connector& connector) const {
  return smtp_connection_of(connector_) == smtp_connection_of(connector);
}

std::size_t Mm4Link::room() const {
  if (binds() == 0) return 0;
  return connector_.window - std::min<std::size_t>(waiting_.size(), connector_.window);
}

void Mm4Link::start() {
  probe();
}

void Mm4Link::probe() {
  if (std::exchange(probing_, true) || stopping_) return;
  client_->probe(guard([](Mm4Link& link, const smtp::Outcome& outcome) {
    link.probing_ = false;
    link.note(outcome);
  }));
}

// Whatever was sent tells how the peer is.
void Mm4Link::note(const smtp::Outcome& outcome) {
  const bool away = outcome.result == smtp::Outcome::Result::Temporary &&
                    (outcome.step == smtp::Step::Connect || outcome.step == smtp::Step::Login);
  if (!away) {
    failures_ = 0;
    return set_up(true);
  }
  if (stopping_) return;
  if (up_ || failures_ == 0)
    shared_.log.warning("messaging.mm4_peer_away", {{"connector", connector_.name},
                                                    {"step", smtp::to_string(outcome.step)},
                                                    {"code", outcome.code},
                                                    {"detail", outcome.text}});
  set_up(false);
  if (probe_timer_) return;
  const auto& settings = shared_.settings;
  probe_timer_ = shared_.loop.wheel().arm(backoff(settings.probe_first, settings.probe_longest, failures_++),
                                          guard([](Mm4Link& link) {
                                            link.probe_timer_ = {};
                                            link.probe();
                                          }));
}

void Mm4Link::set_up(bool up) {
  if (up_ == up || (up && stopping_)) return;
  up_ = up;
  shared_.metrics.up.add(up ? 1 : -1);
  if (shared_.events) shared_.events->upstream_changed(connector_.id);
}

mm4::Stamp Mm4Link::stamp() {
  return {shared_.loop.clock().wall(), shared_.ids.hex(16) + shared_.ids.hex(8)};
}

bool Mm4Link::submit(const WirePart& part, WireDone done) {
  if (room() == 0 || !part.message) return false;
  // Begins with a letter and is lower case: an id that any normalisation leaves as it is.
  auto transaction =
      "m" +
      to_hex(std::string_view(reinterpret_cast<const char*>(part.message->id.value.bytes.data()),
                              part.message->id.value.bytes.size())) +
      shared_.ids.hex(6);
  Waiting waiting;
  waiting.message = *part.message;
  waiting.message_id = transaction + "@" + connector_.local_domain;
  waiting.done = std::move(done);
  waiting_.emplace(transaction, std::move(waiting));
  shared_.metrics.waiting.add(1);
  load(transaction);
  return true;
}

void Mm4Link::load(const std::string& transaction) {
  const auto& message = waiting_.at(transaction).message;
  std::vector<MediaId> ids;
  if (message.rich)
    for (const auto& part : message.rich->media)
      ids.push_back(part.id);
  if (ids.empty()) return send(transaction, {});
  shared_.media.load(message.customer, std::move(ids),
                     guard([transaction](Mm4Link& link, bool loaded, std::vector<domain::StoredMedia> media) {
                       if (link.waiting_.count(transaction) == 0) return;
                       if (loaded) return link.send(transaction, std::move(media));
                       link.shared_.log.warning("messaging.mm4_media_missing",
                                                {{"connector", link.connector_.name},
                                                 {"message", link.waiting_.at(transaction).message.id}});
                       link.complete_later(transaction, {WireResult::Answered, smpp::Status::SysErr, {}});
                     }));
}

void Mm4Link::send(const std::string& transaction, std::vector<domain::StoredMedia> media) {
  const auto& waiting = waiting_.at(transaction);
  const auto most = connector_.max_media_octets;
  const bool too_big = most > 0 && std::any_of(media.begin(), media.end(),
                                               [&](const auto& item) { return item.octets.size() > most; });
  auto forward = forward_of(waiting.message, connector_, std::move(media));
  if (too_big || !forward)
    return complete_later(
        transaction,
        {WireResult::Answered, too_big ? smpp::Status::SubmitFail : smpp::Status::InvDstAdr, {}});
  forward->transaction_id = transaction;
  forward->message_id = waiting.message_id;
  auto mail = mm4::write(*forward, stamp());
  if (!mail) return complete_later(transaction, {WireResult::Answered, smpp::Status::SubmitFail, {}});
  client_->send({forward->from, forward->to, std::move(*mail)},
                guard([transaction](Mm4Link& link, const smtp::Outcome& outcome) {
                  link.mail_ended(transaction, outcome);
                }));
}

void Mm4Link::mail_ended(const std::string& transaction, const smtp::Outcome& outcome) {
  using Result = smtp::Outcome::Result;
  note(outcome);
  const auto found = waiting_.find(transaction);
  if (found == waiting_.end()) return;  // its answer was faster
  if (outcome.result == Result::Accepted) shared_.metrics.sent(mm4::Type::ForwardReq).add();
  if (outcome.result != Result::Accepted && outcome.result != Result::Ambiguous) {
    shared_.log.info("messaging.mm4_not_taken", {{"connector", connector_.name},
                                                 {"message", found->second.message.id},
                                                 {"step", smtp::to_string(outcome.step)},
                                                 {"code", outcome.code},
                                                 {"detail", outcome.text}});
    return complete(transaction, outcome_of(outcome));
  }
  // A mail whose end was lost may have been taken: its answer will tell.
  found->second.sent = true;
  found->second.deadline = shared_.loop.wheel().arm(
      connector_.response_timeout, guard([transaction](Mm4Link& link) {
        link.shared_.metrics.unanswered.add();
        link.complete(transaction, {WireResult::Ambiguous, smpp::Status::SysErr, {}});
      }));
}

bool Mm4Link::answered(const mm4::Message& response) {
  const auto found = waiting_.find(response.transaction_id);
  if (found == waiting_.end()) return false;
  const auto status = response.request_status.value_or(mm4::RequestStatus::ErrorUnspecified);
  if (status != mm4::RequestStatus::Ok)
    shared_.log.info("messaging.mm4_refused", {{"connector", connector_.name},
                                               {"message", found->second.message.id},
                                               {"status", mm4::to_string(status)},
                                               {"detail", response.status_text}});
  const auto id = found->second.message_id;
  complete(response.transaction_id, outcome_of(status, id));
  return true;
}

void Mm4Link::reported(const std::string& message_id) {
  const auto transaction = message_id.substr(0, message_id.find('@'));
  const auto found = waiting_.find(transaction);
  if (found == waiting_.end() || found->second.message_id != message_id) return;
  complete(transaction, {WireResult::Answered, smpp::Status::Ok, message_id});
}

void Mm4Link::complete(const std::string& transaction, const WireOutcome& outcome) {
  auto node = waiting_.extract(transaction);
  if (node.empty()) return;
  shared_.loop.wheel().cancel(node.mapped().deadline);
  shared_.metrics.waiting.add(-1);
  node.mapped().done(outcome);
  check_stopped();
}

void Mm4Link::complete_later(const std::string& transaction, const WireOutcome& outcome) {
  shared_.loop.post(guard([transaction, status = outcome.status](Mm4Link& link) {
    link.complete(transaction, {WireResult::Answered, status, {}});
  }));
}

void Mm4Link::post(mm4::Message message) {
  if (outgoing_ >= shared_.settings.max_waiting) return shared_.metrics.given_up.add();
  if (message.transaction_id.empty()) message.transaction_id = "r" + shared_.ids.hex(16) + shared_.ids.hex(8);
  auto outgoing = std::make_shared<Outgoing>();
  outgoing->type = message.type;
  const auto domain = smtp::domain_of(message.to);
  // Reports go to a subscriber's system, whatever its From says.
  if (domain.empty()) message.to += "@" + connector_.remote_domain;
  auto mail = mm4::write(message, stamp());
  if (!mail || !smtp::is_mailbox(message.to)) {
    shared_.log.warning("messaging.mm4_unanswerable", {{"connector", connector_.name}, {"to", message.to}});
    return shared_.metrics.given_up.add();
  }
  outgoing->letter = {system_of(connector_), message.to, std::move(*mail)};
  ++outgoing_;
  hand_over(std::move(outgoing));
}

void Mm4Link::hand_over(std::shared_ptr<Outgoing> outgoing) {
  ++outgoing->tries;
  client_->send(outgoing->letter, guard([outgoing](Mm4Link& link, const smtp::Outcome& outcome) {
                  using Result = smtp::Outcome::Result;
                  link.note(outcome);
                  if (outcome.result == Result::Accepted) {
                    link.shared_.metrics.sent(outgoing->type).add();
                    --link.outgoing_;
                    return;
                  }
                  // One that is said twice does no harm; one that is not said does.
                  if (outcome.result != Result::Permanent && outgoing->tries < link.shared_.settings.tries &&
                      !link.stopping_)
                    return link.try_again(outgoing);
                  link.shared_.metrics.given_up.add();
                  --link.outgoing_;
                  link.shared_.log.warning("messaging.mm4_answer_given_up",
                                           {{"connector", link.connector_.name},
                                            {"type", mm4::to_string(outgoing->type)},
                                            {"code", outcome.code},
                                            {"detail", outcome.text}});
                }));
}

void Mm4Link::try_again(std::shared_ptr<Outgoing> outgoing) {
  const auto& settings = shared_.settings;
  shared_.loop.wheel().arm(backoff(settings.retry_first, settings.retry_longest, outgoing->tries - 1),
                           guard([outgoing](Mm4Link& link) { link.hand_over(outgoing); }));
}

void Mm4Link::stop(milliseconds limit, std::function<void()> done) {
  if (stopping_) return;
  stopping_ = std::move(done);
  shared_.loop.wheel().cancel(probe_timer_);
  stop_timer_ =
      shared_.loop.wheel().arm(limit, guard([](Mm4Link& link) {
                                 std::vector<std::string> left;
                                 for (const auto& [id, waiting] : link.waiting_)
                                   left.push_back(id);
                                 for (const auto& id : left)
                                   link.complete(id, {WireResult::Ambiguous, smpp::Status::SysErr, {}});
                                 link.check_stopped();
                               }));
  check_stopped();
}

void Mm4Link::check_stopped() {
  if (!stopping_ || !waiting_.empty() || std::exchange(client_stopped_, true)) return;
  shared_.loop.wheel().cancel(stop_timer_);
  client_->stop(milliseconds(2'000), guard([](Mm4Link& link) {
                  link.set_up(false);
                  if (auto done = std::exchange(link.stopping_, [] {})) done();
                }));
}

}  // namespace warp::messaging
