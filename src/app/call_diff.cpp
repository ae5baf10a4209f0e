#include "app/call_diff.h"

#include <utility>

#include "warp/api/call_json.h"

namespace warp::app {
namespace {

live::Event event_of(const char* type, const api::ActiveCall& call, WallTime now) {
  live::Event event;
  event.topic = live::Topic::Calls;
  event.type = type;
  event.at = now;
  event.customer = call.customer;
  event.key = call.trunk.to_string();
  event.data = api::dump(api::to_json(call));
  return event;
}

const char* type_of(const std::string& state) {
  if (state == "ringing") return "call.ringing";
  if (state == "up") return "call.answered";
  return nullptr;  // trying and answering are of no use to anybody
}

}  // namespace

void CallDiff::begin(std::vector<api::ActiveCall> calls, WallTime now) {
  known_.clear();
  for (auto& call : calls) {
    auto id = call.id;
    known_.emplace(std::move(id), Known{std::move(call), now});
  }
}

std::vector<live::Event> CallDiff::step(std::vector<api::ActiveCall> calls, WallTime now,
                                        const Figures& figures) {
  std::vector<live::Event> events;
  std::map<std::string, Known> next;
  for (auto& call : calls) {
    const auto before = known_.find(call.id);
    const bool is_new = before == known_.end();
    if (is_new) events.push_back(event_of("call.started", call, now));
    const bool moved = is_new || before->second.call.state != call.state;
    WallTime told = moved ? now : before->second.told;
    if (moved) {
      if (const auto* type = type_of(call.state)) events.push_back(event_of(type, call, now));
    } else if (call.state == "up" && now - told >= kQualityEvery) {
      if (figures) figures(call);
      events.push_back(event_of("call.quality", call, now));
      told = now;
    }
    if (!is_new) known_.erase(before);
    auto id = call.id;
    next.emplace(std::move(id), Known{std::move(call), told});
  }
  for (auto& [id, known] : known_) {
    known.call.state = "ended";
    events.push_back(event_of("call.ended", known.call, now));
  }
  known_ = std::move(next);
  return events;
}

}  // namespace warp::app
