#include "spiral.h"

#include <utility>

#include "warp/base/text.h"

namespace warp::calls {

namespace {

constexpr unsigned kMostTurns = 3, kMostProvedTurns = 2;

std::uint64_t pair_of(const domain::CallRecord& record) {
  const std::uint64_t caller = stable_hash(record.ani_e164);
  return (caller * 0x9E3779B97F4A7C15ull ^ stable_hash(record.dni_e164)) | 1;
}

bool same_numbers(const domain::CallRecord& a, const domain::CallRecord& b) {
  return a.dni_e164 == b.dni_e164 && a.ani_e164 == b.ani_e164;
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

std::optional<Refusal> check_spiral(Context& context, Call& call) {
  if (call.emergency || !call.setup || call.record.dni_e164.empty()) return std::nullopt;
  const std::uint64_t pair = pair_of(call.record);
  const domain::IpAddress& from = call.setup->invite.flow.remote.ip;
  unsigned turns = 0;
  context.table.each_of_pair(pair, [&](const Call& other) {
    const bool towards = other.setup && other.setup->attempt.candidate != nullptr &&
                         other.setup->attempt.flow.remote.ip == from;
    if (towards && same_numbers(other.record, call.record)) ++turns;
  });
  context.table.note_pair(call, pair);
  const bool spiral =
      turns >= kMostTurns || (turns >= kMostProvedTurns && says_it_was_here(context, *call.setup));
  if (spiral) return Refusal{.reason = domain::Reason::LoopDetected};
  return std::nullopt;
}

}  // namespace warp::calls
