#include "layer.h"

#include "warp/sip/message/writer.h"
#include "warp/sip/transaction/invite_client.h"
#include "warp/sip/transaction/invite_server.h"
#include "warp/sip/transaction/non_invite_client.h"
#include "warp/sip/transaction/non_invite_server.h"
#include "warp/sip/transport/response_path.h"

#include "requests.h"

namespace warp::sip {
namespace {

using namespace std::chrono_literals;

// How much later an answered request may be forgotten: for that alone no thread is woken.
constexpr auto kForgetting = 256ms;

constexpr std::array<const char*, 4> kKinds{"invite_client", "invite_server", "non_invite_client",
                                            "non_invite_server"};

bool is_client(Kind kind) {
  return kind == Kind::InviteClient || kind == Kind::NonInviteClient;
}

bool is_retransmission(Timer timer) {
  return timer == Timer::A || timer == Timer::E || timer == Timer::G;
}

void release(std::string& text) {
  std::string().swap(text);
}

}  // namespace

TransactionMetrics::TransactionMetrics(metrics::Registry& r)
    : live(r.gauge("warp_sip_transaction_live", "SIP transactions that live now.")),
      absorbed(r.counter("warp_sip_transaction_absorbed_total",
                         "Retransmissions of requests and responses that the user did not see.")),
      timeouts(r.counter("warp_sip_transaction_timeouts_total",
                         "Client transactions without a final answer in time.")),
      transport_errors(r.counter("warp_sip_transaction_transport_errors_total",
                                 "Messages of transactions that could not be sent.")),
      refused(r.counter("warp_sip_transaction_refused_total",
                        "Requests answered 503 because too many transactions live.")),
      merged(r.counter("warp_sip_transaction_merged_total",
                       "Requests answered 482 because they came a second time by another way.")),
      unmatched(
          r.counter("warp_sip_transaction_unmatched_total", "Responses that no transaction knows, dropped.")),
      impossible(r.counter("warp_sip_transaction_impossible_total",
                           "Events that the state tables rule out; anything but 0 is a defect.")) {
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    started[i] = &r.counter("warp_sip_transaction_started_total", "SIP transactions begun, by machine.",
                            {{"machine", kKinds[i]}});
    retransmitted[i] = &r.counter("warp_sip_transaction_retransmitted_total",
                                  "Requests and responses sent again, by machine.", {{"machine", kKinds[i]}});
  }
}

TransactionLayer::Impl::Impl(MessageSender& s, net::TimerWheel& w, IdSource& i, const TransactionTimers& t,
                             metrics::Registry& m, const TransactionLimits& l)
    : sender(s), wheel(w), ids(i), timers(t), limits(l), metrics(m), keys_(i) {}

TransactionLayer::Impl::~Impl() {
  pool.for_each_live([this](Transaction& transaction) {
    wheel.cancel(transaction.retransmission);
    wheel.cancel(transaction.deadline);
  });
  metrics.live.add(-static_cast<double>(pool.live()));
}

Transaction& TransactionLayer::Impl::create(Kind kind, const Key& key, const Flow& flow) {
  auto& transaction = pool.take();
  transaction.kind = kind;
  transaction.key = key;
  transaction.flow = flow;
  (is_client(kind) ? clients_ : servers_).insert(transaction);
  metrics.live.add(1);
  metrics.started[static_cast<std::size_t>(kind)]->add();
  return transaction;
}

void TransactionLayer::Impl::destroy(Transaction& transaction) {
  wheel.cancel(transaction.retransmission);
  wheel.cancel(transaction.deadline);
  (is_client(transaction.kind) ? clients_ : servers_).erase(transaction);
  if (transaction.merge_listed) merges_.erase(transaction);
  pool.give_back(transaction);
  metrics.live.add(-1);
}

// The runner -------------------------------------------------------------------------------------------

template <class Machine>
void TransactionLayer::Impl::feed(Transaction& transaction, typename Machine::Event event,
                                  const Message* message, const Flow* from) {
  using State = typename Machine::State;
  const auto before = static_cast<State>(transaction.state);
  const auto step = Machine::step(before, event);
  if (!step.possible) return metrics.impossible.add();
  transaction.state = static_cast<std::uint8_t>(step.next);
  act(transaction, step, message);

  bool sent = true;
  if (has(step.actions, Action::Send)) sent = transmit(transaction);
  // An Accepted INVITE is retransmitted by nobody here, and needs neither ACK nor CANCEL.
  if constexpr (requires { State::Accepted; })
    if (step.next == State::Accepted && before != State::Accepted) release(transaction.bytes);

  const auto id = transaction.id();
  const auto kind = transaction.kind;
  auto& owner = transaction.owner != nullptr ? *transaction.owner : *user;
  const bool abandoned = transaction.abandoned;
  if (has(step.actions, Action::ReportTimeout)) transaction.abandoned = true;
  if (step.next == State::Terminated) destroy(transaction);
  report(id, owner, kind, abandoned, step.actions, message, from);
  // Only a timer's step sends for a client, and it reports nothing: the transaction is still there.
  if constexpr (requires { Machine::Event::TransportError; })
    if (!sent) feed<Machine>(transaction, Machine::Event::TransportError);
}

template <class State>
void TransactionLayer::Impl::act(Transaction& transaction, const Step<State>& step, const Message* message) {
  if (has(step.actions, Action::StopRetransmissions)) wheel.cancel(transaction.retransmission);
  if (step.retransmission != Timer::None)
    start_retransmission(transaction, step.retransmission, has(step.actions, Action::RepeatAtT2));
  if (step.deadline != Timer::None) start_deadline(transaction, step.deadline);
  if (has(step.actions, Action::SendCancel)) send_cancel(transaction);
  if (has(step.actions, Action::SendAck) && message != nullptr) {
    // The first time the INVITE turns into its ACK; then the ACK goes out again as it is.
    const auto& kept = transaction.bytes;
    if (kept.compare(0, 4, "ACK ") != 0) transaction.bytes = build_ack(kept, *message);
    transmit(transaction);
  }
}

void TransactionLayer::Impl::report(TransactionId id, TransactionUser& owner, Kind kind, bool abandoned,
                                    Action actions, const Message* message, const Flow* from) {
  if (has(actions, Action::ReportTimeout)) metrics.timeouts.add();
  const bool success = message != nullptr && message->status() / 100 == 2;
  const bool stray = has(actions, Action::ToUserAsStray) ||
                     (abandoned && kind == Kind::InviteClient && success && has(actions, Action::ToUser));
  if (stray) return user->on_stray_response(*message, *from);
  if (abandoned) return;
  if (has(actions, Action::ToUser))
    message->is_request() ? owner.on_ack(*message, *from) : owner.on_response(id, *message, *from);
  if (has(actions, Action::ReportTimeout)) owner.on_timeout(id);
  if (has(actions, Action::ReportTransportError)) owner.on_transport_error(id);
}

void TransactionLayer::Impl::start_retransmission(Transaction& transaction, Timer timer, bool at_t2) {
  wheel.cancel(transaction.retransmission);
  if (transaction.flow.reliable()) return;
  const auto delay = at_t2 ? timers.t2 : duration_of(timer, transaction.repeats, timers);
  transaction.retransmission =
      wheel.arm(delay, [this, index = transaction.index, timer] { on_timer(index, timer); });
}

void TransactionLayer::Impl::start_deadline(Transaction& transaction, Timer timer) {
  wheel.cancel(transaction.deadline);
  const bool zero = is_zero_over_streams(timer) && transaction.flow.reliable();
  const bool forgets = timer == Timer::J && !zero;
  transaction.deadline = wheel.arm(
      duration_of(zero ? Timer::None : timer, 0, timers),
      [this, index = transaction.index, timer] { on_timer(index, timer); },
      forgets ? kForgetting : std::chrono::milliseconds{});
}

void TransactionLayer::Impl::on_timer(std::uint32_t index, Timer timer) {
  auto& transaction = pool.at(index);
  if (is_retransmission(timer)) {
    transaction.retransmission = {};
    if (transaction.repeats < 255) ++transaction.repeats;
    metrics.retransmitted[static_cast<std::size_t>(transaction.kind)]->add();
  } else {
    transaction.deadline = {};
  }
  switch (transaction.kind) {
    case Kind::InviteClient:
      return feed<InviteClient>(transaction, InviteClient::event_of(timer));
    case Kind::InviteServer:
      return feed<InviteServer>(transaction, InviteServer::event_of(timer));
    case Kind::NonInviteClient:
      return feed<NonInviteClient>(transaction, NonInviteClient::event_of(timer));
    case Kind::NonInviteServer:
      return feed<NonInviteServer>(transaction, NonInviteServer::event_of(timer));
  }
}

bool TransactionLayer::Impl::transmit(Transaction& transaction) {
  if (transaction.bytes.empty()) return true;  // nothing was said yet
  if (sender.send(transaction.flow, transaction.bytes)) return true;
  metrics.transport_errors.add();
  return false;
}

// What the user does -----------------------------------------------------------------------------------

bool TransactionLayer::Impl::respond(Transaction& transaction, std::uint16_t status, std::string bytes) {
  const bool invite = transaction.kind == Kind::InviteServer;
  if (!invite && transaction.kind != Kind::NonInviteServer) return false;
  // Both machines may be answered in the states before Completed, which come first.
  const auto limit = invite ? static_cast<std::uint8_t>(InviteServer::State::Completed)
                            : static_cast<std::uint8_t>(NonInviteServer::State::Completed);
  if (transaction.state >= limit) return false;
  transaction.bytes = std::move(bytes);
  if (invite) {
    using E = InviteServer::Event;
    feed<InviteServer>(transaction, status < 200 ? E::Provisional : status < 300 ? E::Success : E::Failure);
  } else {
    using E = NonInviteServer::Event;
    feed<NonInviteServer>(transaction, status < 200 ? E::Provisional : E::Final);
  }
  return true;
}

Transaction& TransactionLayer::Impl::start_client(Method method, std::string_view branch, std::string bytes,
                                                  const Flow& to, TransactionUser* owner) {
  const bool invite = method == Method::Invite;
  auto& transaction =
      create(invite ? Kind::InviteClient : Kind::NonInviteClient, keys_.client(branch, method), to);
  transaction.bytes = std::move(bytes);
  transaction.owner = owner;
  if (transaction.bytes.size() > kLargestDatagramRequest && !to.reliable()) go_by_stream(transaction);
  if (!transmit(transaction) && !go_by_datagrams(transaction)) {
    // Told from the loop, when the caller knows the id.
    start_deadline(transaction, Timer::None);
    return transaction;
  }
  start_retransmission(transaction, invite ? Timer::A : Timer::E, false);
  start_deadline(transaction, invite ? Timer::B : Timer::F);
  return transaction;
}

// RFC 3261 §18.1.1: what may not fit into one packet goes by a stream.
void TransactionLayer::Impl::go_by_stream(Transaction& transaction) {
  const auto flow = sender.choose(transaction.flow, transaction.bytes.size());
  if (!flow.reliable()) return;
  if (readdress(transaction.bytes, flow.transport, sender.sent_by(flow.listener))) transaction.flow = flow;
}

// The same section: and by UDP after all when there is no connection to be had.
bool TransactionLayer::Impl::go_by_datagrams(Transaction& transaction) {
  if (!transaction.flow.by_size) return false;
  const auto flow = sender.flow_to(transaction.flow.remote);
  if (!flow || !readdress(transaction.bytes, flow->transport, sender.sent_by(flow->listener))) return false;
  transaction.flow = *flow;
  return transmit(transaction);
}

void TransactionLayer::Impl::cancel(Transaction& invite, std::string_view reason) {
  using State = InviteClient::State;
  const auto state = static_cast<State>(invite.state);
  if (invite.kind != Kind::InviteClient || invite.cancel_seen) return;
  if (state != State::Calling && state != State::Proceeding) return;
  invite.cancel_seen = true;
  invite.held_cancel = std::make_unique<std::string>(build_cancel(invite.bytes, reason));
  feed<InviteClient>(invite, InviteClient::Event::Cancel);
}

void TransactionLayer::Impl::silence(Transaction& request) {
  if (!is_client(request.kind) || !unanswered(request)) return;
  wheel.cancel(request.retransmission);
  if (request.kind == Kind::InviteClient) start_deadline(request, Timer::B);
}

void TransactionLayer::Impl::send_cancel(Transaction& invite) {
  auto bytes = invite.held_cancel ? std::move(*invite.held_cancel) : build_cancel(invite.bytes, {});
  invite.held_cancel.reset();
  const auto branch = branch_of(bytes);
  if (branch.empty()) return;
  invite.cancel_seen = true;
  start_client(Method::Cancel, branch, std::move(bytes), invite.flow, nullptr).abandoned = true;
}

// What arrives -----------------------------------------------------------------------------------------

void TransactionLayer::Impl::receive_response(const Message& response, const Flow& from) {
  const auto method = response.cseq().method;
  auto* transaction = clients_.find(keys_.client(response.via().branch, method));
  const auto status = response.status();
  if (transaction == nullptr) {
    if (method == Method::Invite && status / 100 == 2) return user->on_stray_response(response, from);
    return metrics.unmatched.add();
  }
  if (status < 200) {
    const bool seen = std::exchange(transaction->provisional_seen, true);
    if (seen && status == 100) return metrics.absorbed.add();
  }
  if (transaction->kind == Kind::NonInviteClient) {
    using E = NonInviteClient::Event;
    return feed<NonInviteClient>(*transaction, status < 200 ? E::Provisional : E::Final, &response, &from);
  }
  using E = InviteClient::Event;
  if (status >= 200)
    return feed<InviteClient>(*transaction, status < 300 ? E::Success : E::Failure, &response, &from);
  const auto id = transaction->id();
  feed<InviteClient>(*transaction, E::Provisional, &response, &from);
  // A CANCEL that waited for the first provisional answer; the user may have changed things meanwhile.
  if (pool.find(id) != nullptr && transaction->held_cancel) feed<InviteClient>(*transaction, E::Cancel);
}

void TransactionLayer::Impl::receive_request(const Message& request, const Flow& from) {
  const auto key = keys_.server(request);
  if (auto* known = servers_.find(key)) {
    metrics.absorbed.add();
    if (known->kind == Kind::InviteServer) return feed<InviteServer>(*known, InviteServer::Event::Invite);
    return feed<NonInviteServer>(*known, NonInviteServer::Event::Request);
  }
  const bool outside_dialogs = request.to().tag.empty();
  const auto merge_key = outside_dialogs ? keys_.merged(request) : Key{};
  if (outside_dialogs && merges_.find(merge_key) != nullptr) {
    metrics.merged.add();
    return answer_statelessly(request, from, 482);
  }
  if (pool.live() >= (outside_dialogs ? limits.live : 2 * limits.live)) {
    metrics.refused.add();
    return answer_statelessly(request, from, 503, std::to_string(limits.retry_after_seconds));
  }
  auto* by_method = outside_dialogs ? users[static_cast<std::size_t>(request.method())] : nullptr;
  auto& asked = by_method != nullptr ? *by_method : *user;
  if (outside_dialogs && asked.answers_statelessly(request, from, scratch_)) {
    sender.send_unordered(reply_flow(request, from), scratch_);
    return;
  }
  auto& transaction = create_server(request, from, key);
  if (outside_dialogs) {
    transaction.merge_key = merge_key;
    transaction.merge_listed = true;
    merges_.insert(transaction);
  }
  asked.on_request(transaction.id(), request, from);
}

Transaction& TransactionLayer::Impl::create_server(const Message& request, const Flow& from, const Key& key) {
  const bool invite = request.method() == Method::Invite;
  auto& transaction =
      create(invite ? Kind::InviteServer : Kind::NonInviteServer, key, reply_flow(request, from));
  if (!invite) {
    start_deadline(transaction, Timer::F);  // the client's: its time is J's, but over streams as well
    return transaction;
  }
  const auto stamp = via_stamp(request, from);
  Writer writer(scratch_);
  writer.response_to(request, 100, {}, {}, stamp.received, stamp.rport);
  writer.finish();
  if (writer.ok()) transaction.bytes = scratch_;
  transmit(transaction);
  return transaction;
}

void TransactionLayer::Impl::receive_ack(const Message& ack, const Flow& from) {
  auto* invite = servers_.find(keys_.server(ack));
  if (invite == nullptr) return user->on_ack(ack, from);
  feed<InviteServer>(*invite, InviteServer::Event::Ack, &ack, &from);
}

void TransactionLayer::Impl::receive_cancel(const Message& cancel, const Flow& from) {
  auto* invite = servers_.find(keys_.server(cancel, true));
  // A branch may be guessed, an address cannot be had so easily: strangers cancel nothing.
  if (invite == nullptr || invite->flow.remote.ip != from.remote.ip)
    return answer_statelessly(cancel, from, 481);
  // The tag of the INVITE's own responses, when they had one already (RFC 3261 §9.2).
  const auto said = Message::parse(invite->bytes);
  answer_statelessly(cancel, from, 200, {}, said ? said->to().tag : std::string_view());
  const bool open = invite->state == static_cast<std::uint8_t>(InviteServer::State::Proceeding);
  if (std::exchange(invite->cancel_seen, true) || !open) return metrics.absorbed.add();
  user->on_cancel(invite->id(), cancel);
}

// A client's first request that nobody answered yet.
bool TransactionLayer::Impl::unanswered(const Transaction& transaction) {
  return transaction.kind == Kind::InviteClient
             ? transaction.state == static_cast<std::uint8_t>(InviteClient::State::Calling)
             : transaction.state == static_cast<std::uint8_t>(NonInviteClient::State::Trying);
}

// Servers are not told: their answers find another way (RFC 3261 §18.2.2), and their timers end them.
void TransactionLayer::Impl::connection_lost(const Flow& flow) {
  std::vector<TransactionId> lost;
  pool.for_each_live([&](Transaction& transaction) {
    const auto& used = transaction.flow;
    if (!is_client(transaction.kind) || used.transport != flow.transport || used.remote != flow.remote)
      return;
    const bool same = used.connection != 0 ? used.connection == flow.connection : used.peer == flow.peer;
    if (same) lost.push_back(transaction.id());
  });
  for (const auto id : lost) {
    auto* transaction = pool.find(id);
    if (transaction == nullptr) continue;
    const bool invite = transaction->kind == Kind::InviteClient;
    if (flow.connection == 0 && unanswered(*transaction) && go_by_datagrams(*transaction)) {
      start_retransmission(*transaction, invite ? Timer::A : Timer::E, false);
      continue;
    }
    metrics.transport_errors.add();
    if (invite)
      feed<InviteClient>(*transaction, InviteClient::Event::TransportError);
    else
      feed<NonInviteClient>(*transaction, NonInviteClient::Event::TransportError);
  }
}

void TransactionLayer::Impl::answer_statelessly(const Message& request, const Flow& from,
                                                std::uint16_t status, std::string_view retry_after,
                                                std::string_view to_tag) {
  const ExtraHeader extra{retry_after.empty() ? std::string_view() : "Retry-After", retry_after};
  if (write_stateless(scratch_, request, from, status, {}, extra, to_tag))
    sender.send(reply_flow(request, from), scratch_);
}

}  // namespace warp::sip
