#include "lane.h"

namespace warp::messaging {

void Lane::add(Live& live, WallTime now) {
  ++size_;
  live.queued = true;
  if (live.message.not_before > now) {
    schedule_.add(live, live.message.not_before);
    return;
  }
  auto& list = ready_[level(live)];
  // Nearly always the last; one that comes back from the wire belongs near the front.
  if (list.empty() || list.back().order < live.order) {
    list.push_back(live);
    return;
  }
  auto at = list.begin();
  while (at != list.end() && at->order < live.order)
    ++at;
  list.insert(at, live);
}

void Lane::remove(Live& live) {
  if (!live.queued) return;
  live.queued = false;
  live.QueueHook::unlink();
  --size_;
}

Live* Lane::front() {
  for (auto& list : ready_)
    if (!list.empty()) return &list.front();
  return nullptr;
}

Live* Lane::any() {
  if (auto* live = front()) return live;
  Live* found = nullptr;
  schedule_.for_each_list([&](QueueList& list) {
    if (!found && !list.empty()) found = &list.front();
  });
  return found;
}

void Lane::wake(WallTime now, std::uint64_t& next_order) {
  QueueList due;
  while (schedule_.take_due(now, due)) {
    while (!due.empty()) {
      auto& live = due.front();
      due.pop_front();
      --size_;
      live.message.not_before = std::min(live.message.not_before, now);
      live.order = next_order++;
      add(live, now);
    }
  }
}

bool Lane::may_send(std::uint32_t rate, Monotonic now) const {
  return now >= blocked_until_ && (rate == 0 || bucket_.wait(1, rate, burst(rate), now).count() == 0);
}

std::chrono::nanoseconds Lane::until_send(std::uint32_t rate, Monotonic now) const {
  auto wait = std::max(blocked_until_ - now, std::chrono::nanoseconds{0});
  if (open_until_) wait = std::max<std::chrono::nanoseconds>(wait, *open_until_ - now);
  if (rate != 0) wait = std::max(wait, bucket_.wait(1, rate, burst(rate), now));
  return wait;
}

void Lane::spend(std::uint32_t rate, Monotonic now) {
  if (rate != 0) (void)bucket_.take(1, rate, burst(rate), now);
}

void Lane::succeeded() {
  failures_ = 0;
  back_off_ = {};
  open_until_.reset();
}

void Lane::failed(const Settings& settings, Monotonic now) {
  ++refused;
  if (++failures_ >= settings.breaker_failures || open_until_) open_until_ = now + settings.breaker_rest;
}

void Lane::throttled(const Settings& settings, Monotonic now) {
  // Answers to what was already under way count once.
  if (now < blocked_until_) return;
  back_off_ =
      back_off_.count() == 0 ? settings.throttle_first : std::min(back_off_ * 2, settings.throttle_longest);
  blocked_until_ = now + back_off_;
}

}  // namespace warp::messaging
