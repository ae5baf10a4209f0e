#include "app/health.h"

#include <nlohmann/json.hpp>

namespace warp::app {

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::Starting:
      return "starting";
    case Phase::Ready:
      return "ready";
    case Phase::Draining:
      return "draining";
  }
  return "";
}

Health::Health(const Clock& clock, metrics::Registry& metrics) : clock_(clock), metrics_(metrics) {
  auto& gauge = metrics_.gauge("warp_app_ready", "1 while /ready answers 200.");
  metrics_.on_scrape([this, &gauge] {
    gauge.set(ready() ? 1 : 0);
    for (const auto& part : parts_)
      part.gauge->set(part.ok() ? 1 : 0);
  });
}

void Health::set_phase(Phase phase) {
  phase_.store(phase, std::memory_order_relaxed);
}

void Health::add_part(std::string name, bool needed, std::function<bool()> ok) {
  auto& gauge =
      metrics_.gauge("warp_app_part_up", "1 while this part of the daemon works.", {{"part", name}});
  parts_.push_back({std::move(name), needed, std::move(ok), &gauge});
}

void Health::watch(std::string name, Executor& loop) {
  auto pulse = std::make_shared<Pulse>();
  pulse->answered_at = clock_.now().time_since_epoch().count();
  loops_.push_back({std::move(name), &loop, std::move(pulse)});
}

void Health::ping() {
  for (const auto& watched : loops_) {
    // One ping under way is enough: a stuck loop must not collect a queue of them.
    if (watched.pulse->asked.exchange(true)) continue;
    watched.loop->post([pulse = watched.pulse, &clock = clock_] {
      pulse->answered_at = clock.now().time_since_epoch().count();
      pulse->asked = false;
    });
  }
}

bool Health::answers(const Watched& watched) const {
  const Monotonic answered{Monotonic::duration(watched.pulse->answered_at.load())};
  return clock_.now() - answered < kStuckAfter;
}

bool Health::alive() const {
  return std::all_of(loops_.begin(), loops_.end(), [this](const auto& watched) { return answers(watched); });
}

bool Health::ready() const {
  if (held_.load(std::memory_order_relaxed)) return false;
  return phase() == Phase::Ready && std::all_of(parts_.begin(), parts_.end(),
                                                [](const auto& part) { return !part.needed || part.ok(); });
}

std::string Health::health_json() const {
  nlohmann::ordered_json json = {{"status", alive() ? "ok" : "stuck"}};
  for (const auto& watched : loops_)
    json["loops"][watched.name] = answers(watched) ? "ok" : "stuck";
  return json.dump() + "\n";
}

std::string Health::ready_json() const {
  bool degraded = false;
  nlohmann::ordered_json parts = nlohmann::ordered_json::object();
  for (const auto& part : parts_) {
    const bool ok = part.ok();
    degraded |= !ok;
    parts[part.name] = ok ? "ok" : part.needed ? "down" : "degraded";
  }
  nlohmann::ordered_json json;
  json["status"] = !ready() ? "not ready" : degraded ? "degraded" : "ready";
  json["phase"] = to_string(held_.load(std::memory_order_relaxed) ? Phase::Draining : phase());
  json["parts"] = std::move(parts);
  return json.dump() + "\n";
}

}  // namespace warp::app
