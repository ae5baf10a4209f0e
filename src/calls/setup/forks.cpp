#include "forks.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "warp/base/checked.h"

#include "capabilities.h"
#include "mediation.h"
#include "outgoing.h"
#include "update.h"

namespace warp::calls {

namespace {

constexpr std::uint16_t kEarlyDialogTerminated = 199;

// The RSeq of a response that is to be acknowledged; 0: it is not. What was not offered is not taken.
std::uint32_t rseq_of(const Call& call, const sip::Message& response) {
  if ((call.leg(Side::Callee).options & bit(Option::Reliable)) == 0) return 0;
  if (!response.has(sip::HeaderId::RSeq) || response.to().tag.empty()) return 0;
  if (!lists_option(response, sip::HeaderId::Require, Option::Reliable)) return 0;
  return parse_number<std::uint32_t>(response.header(sip::HeaderId::RSeq), 1, 0xffffffff).value_or(0);
}

Fork* add_fork(Call& call, std::uint64_t key) {
  Early& early = early_of(call);
  if (early.forks.size() >= kMostForks) return nullptr;
  Fork& fork = early.forks.emplace_back();
  fork.key = key;
  return &fork;
}

// The response's fork. Null: there is none to speak of, or (`full`) too many.
Fork* fork_of(Context& context, Call& call, std::uint64_t key, bool reliable, bool& full) {
  Attempt& attempt = call.setup->attempt;
  if (Fork* known = find_fork(call, key)) return known;
  const bool another = attempt.first_fork != 0 && attempt.first_fork != key;
  if (attempt.first_fork == 0) attempt.first_fork = key;
  if (!another && !reliable && !call.setup->early) return nullptr;
  if (another) {
    if (find_fork(call, attempt.first_fork) == nullptr)
      if (Fork* first = add_fork(call, attempt.first_fork);
          first != nullptr && attempt.early_tag == first->key)
        first->description = attempt.early_description;
  }
  Fork* made = add_fork(call, key);
  full = made == nullptr;
  if (another && !full) context.metrics.forks.add();
  return made;
}

void end_fork(Context& context, Call& call, std::uint64_t key) {
  if (call.update && call.update->fork == key) settle_update(context, call);
  std::erase_if(call.setup->early->forks, [key](const Fork& fork) { return fork.key == key; });
}

}  // namespace

Heard hear(Context& context, Call& call, const sip::Message& response, const sip::Flow& from) {
  Heard heard;
  const std::uint32_t rseq = rseq_of(call, response);
  const std::uint64_t key = far_key(call, response);
  heard.reliable = rseq != 0;
  heard.fork = fork_of(context, call, key, heard.reliable, heard.ignored);
  if (heard.ignored) return heard;
  if (heard.fork == nullptr) {
    heard.ignored = response.status() == kEarlyDialogTerminated;
    return heard;
  }
  Fork& fork = *heard.fork;
  if (heard.reliable) {
    if (fork.rseq != 0 && rseq != fork.rseq + 1) {
      heard.ignored = true;
      return heard;
    }
    fork.rseq = rseq;
    if (!fork.far) fork.far = far_dialog(context, call, response, from);
    const bool described = body_kind(response) == BodyKind::Sdp;
    if (call.delayed_offer && described && !fork.agreed && fork.owed_prack == 0) {
      fork.owed_prack = rseq;
    } else {
      fork.agreed = fork.agreed || (described && !call.delayed_offer);
      send_prack(context, call, fork, rseq);
    }
  }
  if (response.has(sip::HeaderId::Allow)) fork.allows_update = allows(response, sip::Method::Update);
  if (response.status() == kEarlyDialogTerminated) {
    end_fork(context, call, key);
    heard = {.ignored = true};
  }
  return heard;
}

sip::Dialog answered_dialog(const Context& context, Call& call, const sip::Message& response,
                            const sip::Flow& from) {
  const Fork* fork = find_fork(call, far_key(call, response));
  sip::Dialog fresh = far_dialog(context, call, response, from);
  if (fork != nullptr && fork->far) fresh.continue_from(*fork->far);
  return fresh;
}

void send_prack(Context& context, Call& call, Fork& fork, std::uint32_t rseq, std::string_view answer) {
  std::array<char, 40> text{};
  char* at = std::to_chars(text.data(), text.data() + text.size(), rseq).ptr;
  *at++ = ' ';
  at = std::to_chars(at, text.data() + text.size(), call.leg(Side::Callee).invite_cseq).ptr;
  const std::string_view method = " INVITE";
  at = std::copy(method.begin(), method.end(), at);
  const std::array<HeaderLine, 1> lines{
      {{sip::HeaderId::RAck, {text.data(), static_cast<std::size_t>(at - text.data())}}}};
  const auto id = send_within(context, *fork.far, sip::Method::Prack,
                              {.content_type = "application/sdp", .body = answer, .extra = lines}, {},
                              call.leg(Side::Callee).auth);
  if (id == 0) return;
  const Leg& leg = call.leg(Side::Callee);
  if (leg.auth) return context.table.expect(id, {Purpose::Prack, nullptr, Side::Callee, leg.tag});
  // Whatever becomes of it, the far end acts: it rings on, answers, or gives the call up.
  context.transactions.abandon(id);
}

}  // namespace warp::calls
