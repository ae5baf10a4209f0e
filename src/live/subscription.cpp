#include "warp/live/subscription.h"

#include <iterator>
#include <utility>

namespace warp::live {

Subscription::Subscription(Filter filter, std::shared_ptr<Bell> bell, std::deque<EventPtr> missed,
                           metrics::Gauge& subscribers, metrics::Counter& dropped)
    : filter_(std::move(filter)),
      bell_(std::move(bell)),
      room_(kMost + missed.size()),
      subscribers_(subscribers),
      dropped_total_(dropped),
      waiting_(std::move(missed)) {
  subscribers_.add(1);
}

Subscription::~Subscription() {
  subscribers_.add(-1);
}

void Subscription::push(const EventPtr& event) {
  if (!passes(filter_, *event)) return;
  {
    const std::lock_guard lock(mutex_);
    // Nothing goes after a gap that was not told yet.
    if (dropped_ != 0 || waiting_.size() >= room_) {
      ++dropped_;
      dropped_to_ = event->place;
      dropped_total_.add();
    } else {
      waiting_.push_back(event);
    }
  }
  bell_->ring();
}

Subscription::Batch Subscription::take() {
  Batch batch;
  const std::lock_guard lock(mutex_);
  batch.events.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.end()));
  waiting_.clear();
  batch.dropped = std::exchange(dropped_, 0);
  batch.dropped_to = dropped_to_;
  return batch;
}

}  // namespace warp::live
