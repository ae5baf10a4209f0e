#include "spiral.h"

#include <functional>
#include <utility>

#include "warp/base/text.h"

namespace warp::calls {

namespace {

constexpr unsigned kMostTurns = 3, kMostProvedTurns = 2;

// Two ways of one number would be taken for one: of 64 bits that is nobody's concern.
std::uint64_t way_of(const domain::CallRecord& record, const domain::IpAddress& towards) {
  constexpr std::uint64_t kSpread = 0x9E3779B97F4A7C15ull;
  const std::uint64_t caller = stable_hash(record.ani_e164), called = stable_hash(record.dni_e164);
  return ((caller * kSpread ^ called) * kSpread) ^ std::hash<domain::IpAddress>{}(towards);
}

bool may_spiral(const Call& call) {
  return !call.emergency && call.setup && !call.record.dni_e164.empty();
}

// One of our listeners stands among those that the request has passed.
bool says_it_was_here(const Context& context, const Setup& setup) {
  const std::string_view own = context.sender.sent_by(setup.invite.flow.listener);
  bool top = true;
  for (const auto& header : setup.invite.request.headers()) {
    const bool via = header.id == sip::HeaderId::Via;
    if (!via && header.id != sip::HeaderId::HistoryInfo) continue;
    // The first Via is the peer's own.
    if (via && std::exchange(top, false)) continue;
    if (header.value.find(own) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

std::optional<Refusal> check_spiral(const Context& context, const Call& call) {
  if (!may_spiral(call)) return std::nullopt;
  const unsigned turns = context.table.on_way(way_of(call.record, call.setup->invite.flow.remote.ip));
  const bool spiral =
      turns >= kMostTurns || (turns >= kMostProvedTurns && says_it_was_here(context, *call.setup));
  if (spiral) return Refusal{.reason = domain::Reason::LoopDetected};
  return std::nullopt;
}

void note_way(Context& context, Call& call) {
  if (!may_spiral(call)) return;
  Attempt& attempt = call.setup->attempt;
  attempt.way = context.table.mark_way(way_of(call.record, attempt.flow.remote.ip));
}

}  // namespace warp::calls
