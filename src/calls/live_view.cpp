#include "live_view.h"

#include <algorithm>

#include "record.h"

namespace warp::calls {

namespace {

// nullopt: its record is written.
std::optional<LiveState> state_of(const Call& call) {
  switch (call.state) {
    case State::Trying:
      return LiveState::Trying;
    case State::Ringing:
      return LiveState::Ringing;
    case State::Answering:
      return LiveState::Answering;
    case State::Confirming:
    case State::Up:
      return LiveState::Up;
    case State::Closing:
    case State::Ended:
      return std::nullopt;
  }
  return std::nullopt;
}

bool wanted(const Call& call, const LiveFilter& filter) {
  const domain::CallRecord& record = call.record;
  return state_of(call) && (!filter.customer || *filter.customer == record.customer) &&
         (!filter.trunk || *filter.trunk == record.trunk) && (!filter.call || *filter.call == record.call);
}

std::string far_address(const Call& call) {
  if (call.setup && call.setup->attempt.candidate != nullptr)
    return call.setup->attempt.flow.remote.to_string();
  const Leg& callee = call.leg(Side::Callee);
  return callee.dialog ? callee.dialog->flow().remote.to_string() : std::string();
}

LiveCall view_of(const Call& call) {
  const domain::CallRecord& record = call.record;
  LiveCall view;
  view.call = record.call;
  view.customer = record.customer;
  view.trunk = record.trunk;
  view.provider = record.provider;
  view.direction = record.direction;
  view.state = *state_of(call);
  view.ani = record.ani;
  view.dni = record.dni;
  view.ani_e164 = record.ani_e164;
  view.dni_e164 = record.dni_e164;
  view.source_address = record.source_address;
  view.far_address = far_address(call);
  view.sip_call_id = record.sip_call_id;
  view.far_sip_call_id = record.far_sip_call_id;
  view.setup_at = record.setup_at;
  view.answered_at = record.answered_at;
  view.recording = call.recorded != nullptr;
  view.caller_media = record.caller_media;
  view.callee_media = record.callee_media;
  if (call.media) note_statistics(call.media->statistics(), view.caller_media, view.callee_media);
  return view;
}

}  // namespace

Call* find_live(const CallTable& table, CallId id) {
  Call* found = nullptr;
  table.each([&](Call& call) {
    if (call.record.call == id && state_of(call)) found = &call;
  });
  return found;
}

std::vector<LiveCall> live_calls(const CallTable& table, const LiveFilter& filter) {
  // Serials grow with time: the oldest first, and only those are looked at closely.
  std::vector<const Call*> chosen;
  table.each([&](const Call& call) {
    if (wanted(call, filter)) chosen.push_back(&call);
  });
  const std::size_t count = std::min(filter.limit, chosen.size());
  const auto older = [](const Call* a, const Call* b) { return a->serial < b->serial; };
  std::partial_sort(chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(count), chosen.end(), older);
  std::vector<LiveCall> views;
  views.reserve(count);
  for (std::size_t i = 0; i < count; ++i)
    views.push_back(view_of(*chosen[i]));
  return views;
}

}  // namespace warp::calls
