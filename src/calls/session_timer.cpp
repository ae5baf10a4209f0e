#include "session_timer.h"

#include <algorithm>
#include <utility>

#include "warp/base/checked.h"
#include "warp/base/text.h"
#include "warp/sdp/session.h"

#include "attempts.h"
#include "capabilities.h"
#include "ending.h"
#include "fax/switching.h"
#include "glare.h"
#include "identity.h"
#include "media_setup.h"
#include "outgoing.h"
#include "responses.h"
#include "status.h"
#include "survival.h"
#include "transfer.h"

namespace warp::calls {

using domain::Reason;
using std::chrono::seconds;

namespace {

constexpr std::uint16_t kMethodNotAllowed = 405, kIntervalTooSmall = 422, kNotImplemented = 501;
constexpr seconds kLongestInterval{86'400};
constexpr seconds kLeastMinSe{90};
constexpr seconds kExpiryMargin{32};  // RFC 4028 §10
constexpr std::chrono::milliseconds kBusyRetry{2000};
constexpr seconds kLaterRetry{10};
constexpr std::uint8_t kMostTries = 4;

std::optional<seconds> delta_seconds(std::string_view value) {
  const auto count = parse_number<std::uint32_t>(trim(value.substr(0, value.find(';'))));
  if (!count) return std::nullopt;
  return std::min(seconds(*count), kLongestInterval);
}

std::optional<seconds> min_se_of(const sip::Message& message) {
  const std::string_view value = message.header(sip::HeaderId::MinSe);
  return value.empty() ? std::nullopt : delta_seconds(value);
}

bool lists(const sip::Message& message, sip::HeaderId id, std::string_view option) {
  for (const sip::Header& header : message.headers()) {
    if (header.id != id) continue;
    for (const std::string_view value : sip::split_list(header.value))
      if (iequals(trim(value), option)) return true;
  }
  return false;
}

SessionTimer& timer_of(Leg& leg) {
  if (!leg.timer) leg.timer = std::make_unique<SessionTimer>();
  return *leg.timer;
}

void drop_timer(Context& context, Leg& leg) {
  if (!leg.timer) return;
  context.wheel.cancel(leg.timer->due);
  if (leg.timer->refresh != 0 && !leg.timer->by_invite) {
    context.transactions.abandon(leg.timer->refresh);
    context.transactions.silence(leg.timer->refresh);
    context.table.forget(leg.timer->refresh);
  }
  leg.timer.reset();
}

void expire(Context& context, Call& call) {
  context.metrics.session_expiries.add();
  hang_up(context, call, {Reason::SessionExpired}, domain::ReleaseSide::Platform, Tell::Both);
}

// False: it could not be sent.
bool send_refresh(Context& context, Call& call, Side side, sip::Method method) {
  Leg& leg = call.leg(side);
  SessionTimer& timer = *leg.timer;
  const std::string terms = std::to_string(timer.interval.count()) + ";refresher=uac";
  RequestParts parts;
  parts.session_expires = terms;
  parts.min_se = timer.min_se > kLeastMinSe ? timer.min_se : seconds{0};
  if (method == sip::Method::Invite) {
    parts.content_type = "application/sdp";
    parts.body = timer.description;
  }
  const auto sent = send_in_dialog(context, leg, method, parts);
  if (sent == 0) return false;
  timer.refresh = sent;
  timer.by_invite = method == sip::Method::Invite;
  if (timer.by_invite) {
    context.table.forget(leg.invite);
    leg.invite = sent;
    leg.invite_cseq = leg.dialog->local_cseq();
    leg.acked = true;  // until there is a 2xx
    leg.ack_body.clear();
  }
  context.table.expect(sent, {Purpose::Refresh, &call, side, leg.tag});
  return true;
}

void refresh(Context& context, Call& call, Side side) {
  Leg& leg = call.leg(side);
  // A re-INVITE that is under way refreshes as well, or is soon over.
  if (call.state != State::Up || call.reinvite || joining(call) || offers_fax(call) ||
      leg.timer->refresh != 0)
    return arm_session_timer(context, call, side, kBusyRetry);
  const bool update = leg.allows_update || leg.timer->description.empty();
  if (!send_refresh(context, call, side, update ? sip::Method::Update : sip::Method::Invite))
    arm_session_timer(context, call, side, kLaterRetry);
}

void strike(Context& context, Call& call, Side side) {
  SessionTimer& timer = *call.leg(side).timer;
  timer.due = {};
  if (timer.ours) return refresh(context, call, side);
  if (call.state == State::Up || call.state == State::Confirming) expire(context, call);
}

std::string header_of(seconds interval, bool uac) {
  return std::to_string(interval.count()) + (uac ? ";refresher=uac" : ";refresher=uas");
}

void accept_refresh(Context& context, Call& call, Side side, const sip::Message& response) {
  Leg& leg = call.leg(side);
  const seconds asked = leg.timer->interval;
  leg.dialog->refresh_target(response);
  if (leg.timer->by_invite) {
    send_ack(context, leg);
    follow_answer(context, call, side, leg.timer->description, response);
  }
  leg.timer->tries = 0;
  ++call.record.facts->refreshes;
  context.metrics.session_refreshes.add();
  settle_session(context, call, side, response, asked);
  persist(context, call);
}

}  // namespace

std::optional<SessionWish> session_wish(const sip::Message& message) {
  const std::string_view value = message.header(sip::HeaderId::SessionExpires);
  if (value.empty()) return std::nullopt;
  const auto interval = delta_seconds(value);
  if (!interval) return std::nullopt;
  SessionWish wish{*interval, SessionWish::Refresher::Unsaid};
  for (std::size_t at = value.find(';'); at != std::string_view::npos; at = value.find(';', at + 1)) {
    const std::string_view param = trim(value.substr(at + 1, value.find(';', at + 1) - at - 1));
    const std::size_t equals = param.find('=');
    if (equals == std::string_view::npos || !iequals(trim(param.substr(0, equals)), "refresher")) continue;
    const std::string_view who = trim(param.substr(equals + 1));
    if (iequals(who, "uac")) wish.refresher = SessionWish::Refresher::Uac;
    if (iequals(who, "uas")) wish.refresher = SessionWish::Refresher::Uas;
  }
  return wish;
}

bool knows_timer(const sip::Message& message) {
  return lists(message, sip::HeaderId::Supported, "timer") || lists(message, sip::HeaderId::Require, "timer");
}

std::optional<Refusal> check_interval(const domain::SessionPolicy& policy, const sip::Message& request) {
  if (policy.timer == domain::SessionTimer::Off) return std::nullopt;
  const auto wish = session_wish(request);
  // RFC 4028 §9: who does not know the extension could do nothing with a 422.
  if (!wish || wish->interval >= policy.min_se || !knows_timer(request)) return std::nullopt;
  return Refusal{.reason = Reason::SessionIntervalTooSmall,
                 .status = kIntervalTooSmall,
                 .extra = sip::HeaderId::MinSe,
                 .extra_value = std::to_string(policy.min_se.count())};
}

std::optional<Refusal> check_first_interval(const Call& call) {
  const Setup& setup = *call.setup;
  const sip::Message& request = setup.invite.request;
  if (!request.has(sip::HeaderId::SessionExpires)) return std::nullopt;
  return check_interval(policy_of(setup, Side::Caller).session, request);
}

void offer_session_timer(Call& call, sip::Writer& writer) {
  Attempt& attempt = call.setup->attempt;
  const domain::SessionPolicy& policy = policy_of(*call.setup, Side::Callee).session;
  if (policy.timer != domain::SessionTimer::Offer) return;
  attempt.session_expires = std::max({policy.session_expires, attempt.min_se, policy.min_se});
  writer.header(sip::HeaderId::SessionExpires, static_cast<std::uint64_t>(attempt.session_expires.count()));
  const seconds least = std::max(attempt.min_se, policy.min_se);
  if (least > kLeastMinSe) writer.header(sip::HeaderId::MinSe, static_cast<std::uint64_t>(least.count()));
}

bool retry_with_longer_session(Context& context, Call& call, const sip::Message& response) {
  if (response.status() != kIntervalTooSmall) return false;
  Attempt& attempt = call.setup->attempt;
  const auto least = min_se_of(response);
  if (attempt.session_expires == seconds::zero() || !least || *least <= attempt.min_se ||
      *least <= attempt.session_expires)
    return false;
  attempt.min_se = *least;
  std::string body;
  if (describe_offer(context, call, body) != Reason::NormalClearing) return false;
  context.table.forget(call.leg(Side::Callee).invite);
  return send_far_invite(context, call, called_number(call, *attempt.candidate), body);
}

SessionTerms answer_session(Context& context, Call& call, Side side, const domain::SessionPolicy& policy,
                            const sip::Message& request) {
  Leg& leg = call.leg(side);
  const auto wish = session_wish(request);
  const bool off = policy.timer == domain::SessionTimer::Off;
  if (off || (!wish && policy.timer == domain::SessionTimer::Accept)) {
    drop_timer(context, leg);
    return {};
  }
  const bool knows = knows_timer(request);
  SessionTimer& timer = timer_of(leg);
  bool uac = knows && (!wish || wish->refresher != SessionWish::Refresher::Uas);
  timer.interval = wish ? std::max(wish->interval, kLeastMinSe)
                        : std::max(policy.session_expires, min_se_of(request).value_or(kLeastMinSe));
  timer.ours = !uac;
  arm_session_timer(context, call, side);
  // To one who neither asked nor knows nothing is said; it is refreshed all the same.
  if (!wish && !knows) return {};
  return {header_of(timer.interval, uac), uac};
}

void settle_session(Context& context, Call& call, Side side, const sip::Message& response, seconds asked) {
  Leg& leg = call.leg(side);
  const auto terms = session_wish(response);
  if (!terms && asked == seconds::zero()) return drop_timer(context, leg);
  SessionTimer& timer = timer_of(leg);
  timer.interval = terms ? std::max(terms->interval, kLeastMinSe) : asked;
  timer.ours = !terms || terms->refresher != SessionWish::Refresher::Uas;
  timer.refresh = 0;
  arm_session_timer(context, call, side);
}

SessionTerms answer_caller_session(Context& context, Call& call) {
  const Setup& setup = *call.setup;
  const domain::SessionPolicy& policy = policy_of(setup, Side::Caller).session;
  Leg& leg = call.leg(Side::Caller);
  const SessionTerms terms = answer_session(context, call, Side::Caller, policy, setup.invite.request);
  if (!leg.timer) return terms;
  if (!setup.answer.empty()) note_description(call, Side::Caller, setup.answer);
  return terms;
}

void note_far_session(Context& context, Call& call, const sip::Message& response) {
  Leg& leg = call.leg(Side::Callee);
  settle_session(context, call, Side::Callee, response, call.setup->attempt.session_expires);
  if (!leg.timer) return;
  if (leg.allows_update || call.delayed_offer) return;
  const Setup& setup = *call.setup;
  if (!call.media) {
    leg.timer->description = setup.invite.request.body();
    return;
  }
  if (!leg.offered || !sdp::write(*leg.offered, leg.timer->description)) leg.timer->description.clear();
}

SessionTerms renewed_session(Context& context, Call& call, Side side, const sip::Message& request) {
  Leg& leg = call.leg(side);
  if (leg.timer && session_wish(request)) ++call.record.facts->refreshes;
  const PolicyView policy(context.snapshots, leg.party);
  return answer_session(context, call, side, policy->session, request);
}

SessionTerms refreshed_terms(const Call& call, Side side) {
  const Leg& leg = call.leg(side);
  if (!leg.timer) return {};
  return {header_of(leg.timer->interval, leg.timer->ours), false};
}

void note_description(Call& call, Side side, const std::string& description) {
  Leg& leg = call.leg(side);
  if (leg.timer && !leg.allows_update) leg.timer->description = description;
}

void arm_session_timer(Context& context, Call& call, Side side) {
  const SessionTimer& timer = *call.leg(side).timer;
  const seconds left =
      timer.ours ? timer.interval / 2 : timer.interval - std::min(kExpiryMargin, timer.interval / 3);
  arm_session_timer(context, call, side, left);
}

void arm_session_timer(Context& context, Call& call, Side side, std::chrono::milliseconds left) {
  SessionTimer& timer = *call.leg(side).timer;
  context.wheel.cancel(timer.due);
  timer.due_at = context.clock.now() + left;
  timer.due = context.wheel.arm(left, [&context, &call, side] { strike(context, call, side); });
}

void stop_session_timers(Context& context, Call& call) {
  for (Leg& leg : call.legs)
    drop_timer(context, leg);
}

void on_session_refresh(Context& context, Call& call, Side side, sip::TransactionId id,
                        const sip::Message& request, const sip::Flow& from) {
  Leg& leg = call.leg(side);
  leg.dialog->refresh_target(request);
  const SessionTerms terms = renewed_session(context, call, side, request);
  respond(context, id, request, from,
          {.dialog = true, .session_expires = terms.header, .require_timer = terms.require});
  persist(context, call);
}

void on_refresh_response(Context& context, Call& call, Side side, sip::TransactionId id,
                         const sip::Message& response) {
  const std::uint16_t status = response.status();
  if (status < 200) return;
  Leg& leg = call.leg(side);
  const bool fresh = leg.timer && leg.timer->refresh == id;
  if (!fresh) {
    if (status < 300 && leg.invite == id && leg.acked) send_ack(context, leg);
    return;
  }
  SessionTimer& timer = *leg.timer;
  if (!timer.by_invite) context.table.forget(id);
  if (status < 300) return accept_refresh(context, call, side, response);
  if (timer.by_invite) context.table.forget(id);
  timer.refresh = 0;
  if (status == kUnknownDialog)
    return hang_up(context, call, {Reason::FarEndCallGone}, domain::ReleaseSide::Platform, Tell::Both);
  if (status == kTimedOut) return expire(context, call);
  if (++timer.tries > kMostTries) {
    timer.tries = 0;
    return arm_session_timer(context, call, side);
  }
  if (status == kRequestPending) return arm_session_timer(context, call, side, glare_delay(context, side));
  if (status == kIntervalTooSmall) {
    timer.min_se = std::max(timer.min_se, min_se_of(response).value_or(timer.min_se));
    timer.interval = std::max(timer.interval, timer.min_se);
    return refresh(context, call, side);
  }
  if ((status == kMethodNotAllowed || status == kNotImplemented) && !timer.by_invite)
    leg.allows_update = false;
  // It answered: it is there. What it did not like may pass.
  arm_session_timer(context, call, side, std::min<seconds>(kLaterRetry, timer.interval / 4));
}

void on_refresh_failed(Context& context, Call& call, Side side, sip::TransactionId id) {
  context.table.forget(id);
  const Leg& leg = call.leg(side);
  if (leg.timer && leg.timer->refresh == id) expire(context, call);
}

}  // namespace warp::calls
