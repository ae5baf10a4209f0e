#include "in_dialog.h"

#include <algorithm>
#include <utility>

#include "warp/base/text.h"

#include "capabilities.h"
#include "ending.h"
#include "media_signals.h"
#include "outgoing.h"
#include "reinvite.h"
#include "responses.h"
#include "session_timer.h"
#include "setup/provisional.h"
#include "status.h"
#include "transfer.h"
#include "update.h"

namespace warp::calls {

using domain::Reason;

namespace {

constexpr std::size_t kRelaysAtOnce = 4;
constexpr std::uint16_t kBadEvent = 489;
constexpr std::size_t kLongestMessage = 4096;

void refuse_unknown(Context& context, sip::TransactionId id, const sip::Message& request,
                    const sip::Flow& from) {
  context.metrics.strays.add();
  refuse(context, id, request, from, Reason::DialogUnknown, 481);
}

domain::ReleaseSide released_by(Side side) {
  return side == Side::Caller ? domain::ReleaseSide::Caller : domain::ReleaseSide::Callee;
}

void on_bye(Context& context, Call& call, Side side, sip::TransactionId id, const sip::Message& request,
            const sip::Flow& from) {
  respond(context, id, request, from, {});
  const std::uint8_t q850 = q850_of(request).value_or(0);
  switch (call.state) {
    case State::Trying:
    case State::Ringing:
    case State::Ended:
      return;
    case State::Answering:
      if (side == Side::Caller) return fail_cancelled(context, call, request);
      // The far end answered and left before the caller could hear it.
      call.leg(Side::Callee).dialog.reset();
      return fail(context, call,
                  {.reason = Reason::FarEndRejected,
                   .status = 480,
                   .q850 = q850,
                   .side = domain::ReleaseSide::Callee});
    case State::Confirming:
    case State::Up:
      if (leave_transfer(context, call, side)) return;
      if (side == Side::Caller) call.ok.reset();
      return hang_up(context, call, {Reason::NormalClearing, q850}, released_by(side),
                     side == Side::Caller ? Tell::Callee : Tell::Caller);
    case State::Closing:
      return release(context, call);
  }
}

std::string_view bare_type(const sip::Message& request) {
  const std::string_view type = request.content_type();
  return trim(type.substr(0, type.find(';')));
}

bool carried_body(const std::vector<std::string>& allowed, const sip::Message& request) {
  return std::any_of(allowed.begin(), allowed.end(),
                     [bare = bare_type(request)](const std::string& type) { return iequals(type, bare); });
}

std::string accepted_types(const std::vector<std::string>& allowed) {
  std::string types;
  for (const std::string& type : allowed) {
    if (!types.empty()) types += ", ";
    types += type;
  }
  return types;
}

void refuse_type(Context& context, sip::TransactionId id, const sip::Message& request, const sip::Flow& from,
                 std::string_view accepted) {
  respond(context, id, request, from,
          {.status = 415,
           .cause = Cause{Reason::MediaUnsupported},
           .extra = sip::HeaderId::Accept,
           .extra_value = accepted});
}

// INFO or MESSAGE, as it is, to the other side.
void carry(Context& context, Call& call, Side side, sip::TransactionId id, const sip::Message& request,
           const sip::Flow& from) {
  Leg& leg = call.leg(other(side));
  auto owed = owe(id, request, from);
  if (call.state != State::Up || call.relays.size() >= kRelaysAtOnce || !owed)
    return refuse(context, id, request, from, Reason::Overloaded, kServerError);
  const auto sent = send_in_dialog(context, leg, request.method(),
                                   {.content_type = request.content_type(), .body = request.body()});
  if (sent == 0) return refuse(context, id, request, from, Reason::FarEndUnreachable, kServerError);
  context.table.expect(sent, {Purpose::Relayed, &call, other(side), leg.tag});
  call.relays.push_back({side, std::move(*owed), sent});
}

void on_info(Context& context, Call& call, Side side, sip::TransactionId id, const sip::Message& request,
             const sip::Flow& from) {
  if (request.body().empty()) return respond(context, id, request, from, {});
  const PolicyView policy(context.snapshots, call.leg(side).party);
  const auto& allowed = policy.known() ? policy->session.info_types : context.settings.info_content_types;
  if (!carried_body(allowed, request))
    return refuse_type(context, id, request, from, accepted_types(allowed));
  const std::string_view type = bare_type(request);
  if (is_dtmf_type(type) && pass_info_digit(context, call, side, type, request.body()))
    return respond(context, id, request, from, {});
  carry(context, call, side, id, request, from);
}

void on_message(Context& context, Call& call, Side side, sip::TransactionId id, const sip::Message& request,
                const sip::Flow& from) {
  const PolicyView policy(context.snapshots, call.leg(side).party);
  if (!policy->session.message) return refuse(context, id, request, from, Reason::MethodNotAllowed, 405);
  if (!iequals(bare_type(request), "text/plain"))
    return refuse_type(context, id, request, from, "text/plain");
  if (request.body().size() > kLongestMessage)
    return respond(context, id, request, from, {.status = 413, .cause = Cause{Reason::MessageTooLong}});
  carry(context, call, side, id, request, from);
}

void on_options(Context& context, Call& call, Side side, sip::TransactionId id, const sip::Message& request,
                const sip::Flow& from) {
  const PolicyView policy(context.snapshots, call.leg(side).party);
  if (!policy->session.options_within)
    return refuse(context, id, request, from, Reason::MethodNotAllowed, 405);
  respond(context, id, request, from, {.capabilities = true});
}

// RFC 3261 §15: a caller may say BYE before the answer, in the early dialog that an 18x made.
bool ends_early_dialog(const Call& call, Side side, const sip::Message& request) {
  if (side != Side::Caller || call.leg(side).dialog || !call.setup) return false;
  const sip::Message& invite = call.setup->invite.request;
  return request.method() == sip::Method::Bye && request.call_id() == invite.call_id() &&
         request.from().tag == invite.from().tag;
}

void dispatch(Context& context, Call& call, Side side, sip::TransactionId id, const sip::Message& request,
              const sip::Flow& from) {
  switch (request.method()) {
    case sip::Method::Bye:
      return on_bye(context, call, side, id, request, from);
    case sip::Method::Invite:
      return on_reinvite(context, call, side, id, request, from);
    case sip::Method::Info:
      return on_info(context, call, side, id, request, from);
    case sip::Method::Options:
      return on_options(context, call, side, id, request, from);
    case sip::Method::Prack:
      return on_late_prack(context, call, side, id, request, from);
    case sip::Method::Update:
      return on_update(context, call, side, id, request, from);
    case sip::Method::Message:
      return on_message(context, call, side, id, request, from);
    case sip::Method::Refer:
      return on_refer(context, call, side, id, request, from);
    case sip::Method::Subscribe:
    case sip::Method::Notify:
      return refuse(context, id, request, from, Reason::MethodNotAllowed, kBadEvent);
    case sip::Method::Ack:
    case sip::Method::Cancel:
    case sip::Method::Register:
    case sip::Method::Publish:
    case sip::Method::Other:
      return refuse(context, id, request, from, Reason::MethodNotAllowed, 405);
  }
}

// A session shorter than we take: 422.
bool refuse_interval(Context& context, const Leg& leg, sip::TransactionId id, const sip::Message& request,
                     const sip::Flow& from) {
  if (!request.has(sip::HeaderId::SessionExpires)) return false;
  const PolicyView policy(context.snapshots, leg.party);
  const auto refusal = check_interval(policy->session, request);
  if (!refusal) return false;
  respond(context, id, request, from,
          {.status = refusal->status,
           .cause = Cause{refusal->reason},
           .extra = refusal->extra,
           .extra_value = refusal->extra_value});
  return true;
}

auto relay_of(Call& call, sip::TransactionId id) {
  return std::find_if(call.relays.begin(), call.relays.end(),
                      [id](const Relay& relay) { return relay.sent == id; });
}

}  // namespace

void on_in_dialog(Context& context, sip::TransactionId id, const sip::Message& request,
                  const sip::Flow& from) {
  const LegRef* found = context.table.find_tag(request.to().tag);
  if (found == nullptr) return refuse_unknown(context, id, request, from);
  if (found->call == nullptr) {
    // Our BYE and theirs crossed; or a PRACK and our refusal.
    if (request.method() == sip::Method::Bye || request.method() == sip::Method::Prack)
      return respond(context, id, request, from, {});
    return refuse_unknown(context, id, request, from);
  }
  Call& call = *found->call;
  const Side side = found->side;
  Leg& leg = call.leg(side);
  if (ends_early_dialog(call, side, request)) {
    respond(context, id, request, from, {});
    return fail_cancelled(context, call, request);
  }
  if (call.setup && on_early_request(context, call, side, id, request, from)) return;
  if (!leg.dialog || !leg.dialog->matches(request)) return refuse_unknown(context, id, request, from);
  if (!leg.dialog->accept_cseq(request.cseq().number))
    return refuse(context, id, request, from, Reason::MessageMalformed, kServerError);
  if (request.has(sip::HeaderId::Require) && request.method() != sip::Method::Bye)
    if (const auto missing = unsupported_options(request, leg.options); !missing.empty())
      return refuse_required(context, id, request, from, missing);
  if (refuse_interval(context, leg, id, request, from)) return;
  dispatch(context, call, side, id, request, from);
}

void on_relayed_response(Context& context, Call& call, sip::TransactionId id, const sip::Message& response) {
  if (response.status() < 200) return;
  const auto relay = relay_of(call, id);
  context.table.forget(id);
  if (relay == call.relays.end()) return;
  const std::uint16_t status = response.status();
  respond(context, relay->asked, {.status = status});
  call.relays.erase(relay);
  // RFC 3261 §12.2.1.2. A 408 says nothing here: RFC 4320 §4.2.
  if (status == kUnknownDialog && call.state == State::Up)
    hang_up(context, call, {Reason::FarEndCallGone}, domain::ReleaseSide::Platform, Tell::Both);
}

void on_relayed_failed(Context& context, Call& call, sip::TransactionId id) {
  const auto relay = relay_of(call, id);
  context.table.forget(id);
  if (relay == call.relays.end()) return;
  // After a timeout the asker's transaction has ended as well, and this goes nowhere (RFC 4320 §4.2).
  respond(context, relay->asked, {.status = kServerError, .cause = Cause{Reason::FarEndUnreachable}});
  call.relays.erase(relay);
}

}  // namespace warp::calls
