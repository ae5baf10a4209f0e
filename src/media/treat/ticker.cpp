#include "treat/ticker.h"

#include <algorithm>

#include "treat/treatment.h"

namespace warp::media {

void Ticker::add(Treatment& treatment, Monotonic now) {
  if (treatment.place.placed()) return;
  if (count_ == 0) due_ = now + kStep;
  const auto least = std::min_element(groups_.begin(), groups_.end(),
                                      [](const auto& a, const auto& b) { return a.size() < b.size(); });
  treatment.place = {static_cast<std::size_t>(least - groups_.begin()), least->size()};
  least->push_back(&treatment);
  ++count_;
}

void Ticker::remove(Treatment& treatment) {
  if (!treatment.place.placed()) return;
  auto& group = groups_[treatment.place.group];
  group[treatment.place.index] = group.back();
  group[treatment.place.index]->place.index = treatment.place.index;
  group.pop_back();
  treatment.place = {};
  --count_;
}

std::chrono::microseconds Ticker::until_next(Monotonic now) const {
  return std::max(std::chrono::ceil<std::chrono::microseconds>(due_ - now), std::chrono::microseconds(0));
}

void Ticker::run(Monotonic now) {
  if (count_ == 0) return;
  for (int step = 0; step < kMostSteps && due_ <= now; ++step) {
    auto& group = groups_[next_group_];
    // From the back: a treatment that has nothing more to do leaves, and the last one takes its place.
    for (std::size_t i = group.size(); i > 0; --i) {
      Treatment& treatment = *group[i - 1];
      if (!treatment.tick(due_)) remove(treatment);
    }
    next_group_ = (next_group_ + 1) % kGroups;
    due_ += kStep;
  }
  if (due_ <= now) due_ = now + kStep;
}

}  // namespace warp::media
