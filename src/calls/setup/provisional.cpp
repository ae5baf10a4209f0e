#include "provisional.h"

#include <array>
#include <charconv>
#include <utility>

#include "warp/base/checked.h"
#include "warp/base/text.h"
#include "warp/sip/transport/response_path.h"

#include "answering.h"
#include "capabilities.h"
#include "ending.h"
#include "forks.h"
#include "media_setup.h"
#include "mediation.h"
#include "responses.h"
#include "status.h"
#include "update.h"

namespace warp::calls {

using domain::Reason;

namespace {

bool wants_reliable(const Setup& setup, const Progress& progress, bool far_reliable) {
  switch (setup.takes_reliable) {
    case TakesReliable::No:
      return false;
    case TakesReliable::Must:
      return true;
    case TakesReliable::Can:
      break;
  }
  return far_reliable || !progress.body.empty() ||
         policy_of(setup, Side::Caller).provisional.reliable == domain::ReliableProvisional::Required;
}

void on_prack_missing(Context& context, Call& call) {
  context.metrics.provisional_unacknowledged.add();
  fail(context, call, {.reason = Reason::AckMissing, .status = kServerTimeout});
}

std::string written(Context& context, Call& call, const Progress& progress, std::uint32_t rseq) {
  const std::string tag = tag_text(progress.tag);
  std::array<char, 10> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), rseq).ptr;
  std::array<HeaderLine, 3> lines{};
  std::size_t count = 0;
  if (rseq != 0) {
    lines[count++] = {sip::HeaderId::Require, "100rel"};
    lines[count++] = {sip::HeaderId::RSeq, {digits.data(), static_cast<std::size_t>(end - digits.data())}};
  }
  if (!progress.early_media.empty()) lines[count++] = {sip::HeaderId::PEarlyMedia, progress.early_media};
  ResponseParts parts;
  parts.status = progress.status;
  parts.to_tag = tag;
  parts.dialog = true;
  parts.content_type = "application/sdp";
  parts.body = progress.body;
  parts.lines = {lines.data(), count};
  return build_response(context, call.setup->invite.request, call.setup->invite.flow, parts);
}

void send_reliably(Context& context, Call& call, const Progress& progress) {
  Setup& setup = *call.setup;
  Early& early = early_of(call);
  CallerDialog& dialog = caller_dialog(call, progress.tag);
  constexpr std::uint64_t kFirstMask = 0x3fffffff;
  dialog.rseq =
      dialog.rseq == 0 ? static_cast<std::uint32_t>(context.ids.next64() & kFirstMask) + 1 : dialog.rseq + 1;
  if (!dialog.dialog)
    dialog.dialog = sip::Dialog::as_uas(setup.invite.request, tag_text(progress.tag),
                                        contact_of(context, setup.invite.flow), setup.invite.flow);
  early.open_rseq = dialog.rseq;
  early.open_tag = progress.tag;
  early.open_described = !progress.body.empty();
  early.open_offer = progress.offer;
  std::string bytes = written(context, call, progress, dialog.rseq);
  if (bytes.empty()) return;
  context.transactions.respond(setup.invite.id, progress.status, bytes);
  early.open = std::make_unique<ReliableProvisional>(context.sender, context.wheel, context.settings.t1,
                                                     sip::reply_flow(setup.invite.request, setup.invite.flow),
                                                     std::move(bytes),
                                                     [&context, &call] { on_prack_missing(context, call); });
}

struct RAck {
  std::uint32_t rseq = 0, cseq = 0;
};

// nullopt: malformed, or not for an INVITE.
std::optional<RAck> rack_of(const sip::Message& request) {
  std::string_view text = request.header(sip::HeaderId::RAck);
  const auto word = [&text] {
    text = trim(text);
    const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
    const auto found = text.substr(0, end);
    text.remove_prefix(end);
    return found;
  };
  const auto rseq = parse_number<std::uint32_t>(word(), 1, 0xffffffff);
  const auto cseq = parse_number<std::uint32_t>(word(), 0, 0x7fffffff);
  if (!rseq || !cseq || word() != "INVITE" || !trim(text).empty()) return std::nullopt;
  return RAck{*rseq, *cseq};
}

// The open response has its PRACK: what waited for that goes on.
void close_open(Context& context, Call& call) {
  Early& early = *call.setup->early;
  early.open.reset();
  if (early.open_described) caller_dialog(call, early.open_tag).agreed = true;
  if (std::exchange(early.answer_held, false)) return on_journalled(context, call, true);
  if (early.queue.empty()) return;
  const Progress next = std::move(early.queue.front());
  early.queue.pop_front();
  send_reliably(context, call, next);
}

// The caller's answer to a far end's offer, in its PRACK: it goes on in ours. False: it is no answer.
bool take_answer(Context& context, Call& call, const sip::Message& prack) {
  const CallerDialog* dialog = find_caller_dialog(call, call.setup->early->open_tag);
  Fork* fork = dialog != nullptr ? find_fork(call, dialog->key) : nullptr;
  if (fork == nullptr || fork->owed_prack == 0) return true;  // that far end is gone
  if (fork->offer) call.setup->offer = fork->offer;
  const std::string answer = describe_late_answer(context, call, prack);
  if (answer.empty()) return false;
  fork->agreed = true;
  send_prack(context, call, *fork, std::exchange(fork->owed_prack, 0), answer);
  return true;
}

void refuse_early(Context& context, sip::TransactionId id, const sip::Message& request, const sip::Flow& from,
                  std::uint16_t status, Reason reason) {
  refuse(context, id, request, from, reason, status);
}

bool refuse_required(Context& context, const Leg& leg, sip::TransactionId id, const sip::Message& request,
                     const sip::Flow& from) {
  const auto missing = unsupported_options(request, leg.options);
  if (missing.empty()) return false;
  respond(context, id, request, from,
          {.status = 420,
           .cause = Cause{Reason::ExtensionUnsupported},
           .extra = sip::HeaderId::Unsupported,
           .extra_value = missing});
  return true;
}

void on_prack(Context& context, Call& call, Tag tag, sip::TransactionId id, const sip::Message& request,
              const sip::Flow& from) {
  const auto rack = rack_of(request);
  if (!rack) return refuse_early(context, id, request, from, 400, Reason::MessageMalformed);
  if (!call.setup->early) return refuse_early(context, id, request, from, 481, Reason::DialogUnknown);
  Early& early = *call.setup->early;
  const bool matches = early.open && tag == early.open_tag && rack->rseq == early.open_rseq &&
                       rack->cseq == call.setup->invite.request.cseq().number;
  if (!matches) return refuse_early(context, id, request, from, 481, Reason::DialogUnknown);
  if (early.open_offer) {
    if (!take_answer(context, call, request)) {
      refuse_early(context, id, request, from, 488, Reason::SdpInvalid);
      return fail(context, call, {.reason = Reason::SdpInvalid, .status = 488});
    }
    respond(context, id, request, from, {});
  } else if (body_kind(request) == BodyKind::None) {
    respond(context, id, request, from, {});
  } else {
    // A new offer (RFC 3262 §5); the answer comes with the 200.
    if (early.open_described) caller_dialog(call, tag).agreed = true;
    carry_early_offer(context, call, Side::Caller, tag, id, request, from);
  }
  close_open(context, call);
}

// Of the early dialog with the caller under that tag.
void on_callers_request(Context& context, Call& call, Tag tag, sip::TransactionId id,
                        const sip::Message& request, const sip::Flow& from) {
  sip::Dialog* dialog = dialog_with_caller(call, tag);
  const sip::Message& invite = call.setup->invite.request;
  if (dialog == nullptr && request.method() == sip::Method::Update && request.call_id() == invite.call_id() &&
      request.from().tag == invite.from().tag) {
    // An 18x that was not reliable made this dialog: there is nothing in it yet but its target.
    dialog = &caller_dialog(call, tag).dialog.emplace(sip::Dialog::as_uas(
        invite, tag_text(tag), contact_of(context, call.setup->invite.flow), call.setup->invite.flow));
  }
  if (dialog == nullptr || !dialog->matches(request))
    return refuse_early(context, id, request, from, 481, Reason::DialogUnknown);
  if (!dialog->accept_cseq(request.cseq().number))
    return refuse_early(context, id, request, from, kServerError, Reason::MessageMalformed);
  if (refuse_required(context, call.leg(Side::Caller), id, request, from)) return;
  if (request.method() == sip::Method::Prack) return on_prack(context, call, tag, id, request, from);
  on_early_update(context, call, Side::Caller, tag, id, request, from);
}

void on_far_request(Context& context, Call& call, sip::TransactionId id, const sip::Message& request,
                    const sip::Flow& from) {
  const Attempt& attempt = call.setup->attempt;
  if (request.call_id() != attempt.far_call_id || request.method() == sip::Method::Prack)
    return refuse_early(context, id, request, from, 481, Reason::DialogUnknown);
  if (Fork* fork = find_fork(call, far_key(attempt, request.from().tag));
      fork != nullptr && fork->far && !fork->far->accept_cseq(request.cseq().number))
    return refuse_early(context, id, request, from, kServerError, Reason::MessageMalformed);
  if (refuse_required(context, call.leg(Side::Callee), id, request, from)) return;
  on_early_update(context, call, Side::Callee, 0, id, request, from);
}

}  // namespace

void note_caller(Call& call) {
  Setup& setup = *call.setup;
  const sip::Message& invite = setup.invite.request;
  Leg& leg = call.leg(Side::Caller);
  leg.options = options_of(policy_of(setup, Side::Caller));
  leg.allows_update = allows(invite, sip::Method::Update);
  if ((leg.options & bit(Option::Reliable)) == 0) return;
  if (lists_option(invite, sip::HeaderId::Require, Option::Reliable))
    setup.takes_reliable = TakesReliable::Must;
  else if (lists_option(invite, sip::HeaderId::Supported, Option::Reliable))
    setup.takes_reliable = TakesReliable::Can;
}

void choose_far_options(Call& call) {
  const Setup& setup = *call.setup;
  Leg& leg = call.leg(Side::Callee);
  leg.options = options_of(policy_of(setup, Side::Callee));
  leg.allows_update = false;
  // An offer in a reliable 18x could not be answered: the caller has no PRACK for it.
  if (call.delayed_offer &&
      (setup.takes_reliable == TakesReliable::No || !policy_of(setup, Side::Caller).provisional.early_media))
    leg.options &= static_cast<std::uint8_t>(~bit(Option::Reliable));
}

void send_progress(Context& context, Call& call, Progress progress, bool far_reliable) {
  Setup& setup = *call.setup;
  const bool reliably = wants_reliable(setup, progress, far_reliable);
  // The first reliable response to an INVITE without offer must make one (RFC 3261 §13.2.1).
  const CallerDialog* dialog = find_caller_dialog(call, progress.tag);
  const bool premature =
      call.delayed_offer && progress.body.empty() && (dialog == nullptr || !dialog->agreed);
  if (reliably && !premature) {
    Early& early = early_of(call);
    if (!early.open) return send_reliably(context, call, progress);
    if (early.queue.size() < kMostQueued) early.queue.push_back(std::move(progress));
    return;
  }
  if (premature && setup.takes_reliable == TakesReliable::Must) return;
  std::string bytes = written(context, call, progress, 0);
  if (!bytes.empty()) context.transactions.respond(setup.invite.id, progress.status, std::move(bytes));
}

bool hold_answer(Call& call) {
  Early* early = call.setup->early.get();
  if (early == nullptr) return false;
  early->queue.clear();
  early->answer_held = early->open && early->open_described;
  return early->answer_held;
}

bool on_early_request(Context& context, Call& call, Side side, sip::TransactionId id,
                      const sip::Message& request, const sip::Flow& from) {
  if (request.method() != sip::Method::Prack && request.method() != sip::Method::Update) return false;
  const bool ringing = call.state == State::Trying || call.state == State::Ringing;
  if (side == Side::Callee) {
    if (!ringing) return false;
    on_far_request(context, call, id, request, from);
    return true;
  }
  if (!ringing && call.state != State::Answering) return false;
  on_callers_request(context, call, parse_tag(request.to().tag).value_or(0), id, request, from);
  return true;
}

void on_late_prack(Context& context, Call& call, Side side, sip::TransactionId id,
                   const sip::Message& request, const sip::Flow& from) {
  const auto rack = rack_of(request);
  if (!rack) return refuse(context, id, request, from, Reason::MessageMalformed, 400);
  if (side != Side::Caller || call.open_rseq == 0 || rack->rseq != call.open_rseq)
    return refuse(context, id, request, from, Reason::DialogUnknown, 481);
  call.open_rseq = 0;
  respond(context, id, request, from, {});
}

}  // namespace warp::calls
