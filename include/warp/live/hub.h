// Hub: brings what happens on any node to those who watch on this one.
//
// With Redis each topic is a stream (warp:live:<topic>) of about kRing entries that all nodes write and read:
// everybody sees the same order, and a place is good on every node and outlives each. While Redis is away a
// node's own subscribers hear of its own events alone, which have no place of their own. Without Redis the
// order and the places are this process's.
//
// Nobody looks at calls for nobody's sake: watched() tells whether to. With the first who watches again a gap
// goes into the stream: places of before it are forgotten on all nodes.
//
// An event is told at least once. publish() and subscribe() are for any thread; run() belongs to one
// coroutine. Metrics: warp_live_subscribers, warp_live_events_total{topic}, warp_live_dropped_total{cause}.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/live/bell.h"
#include "warp/live/event.h"
#include "warp/live/subscription.h"
#include "warp/live/watch.h"

namespace warp::redis {
class Client;
class Reply;
}  // namespace warp::redis

namespace warp::live {

class Hub {
 public:
  static constexpr std::size_t kRing = 4096;  // events of a topic that can be asked for again
  static constexpr std::size_t kUnsent = 8192;
  static constexpr std::chrono::milliseconds kLook{100},
      kIdleLook{300};  // at what other nodes say; while nobody here watches

  // `redis` may be null. `epoch` tells this process's places from those of another; not 0.
  Hub(boost::asio::any_io_executor executor, redis::Client* redis, std::uint64_t epoch,
      metrics::Registry& metrics, log::Logger& log);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // The place is the hub's to give.
  void publish(Event event);

  // Somebody on any node watches this, or did within Watch::kKept and a moment.
  bool watched(Topic topic);
  struct Joined {
    std::shared_ptr<Subscription> subscription;  // null: what was missed is not known any more
    Place place;                                 // after which its events come
  };
  // Rings `bell` when there is something to take. With `after`, what has passed since then comes first.
  Joined subscribe(Filter filter, std::shared_ptr<Bell> bell, std::optional<Place> after = std::nullopt);

  // The streams were read, or there are none: places of before are known. Of what is looked at for watchers'
  // sake, too: it is looked at again; asking makes it so. Who does not wait for it may not hear of what comes
  // within a second.
  bool ready(Topic topic);

  // Carries events to and from Redis until stop(). Without Redis it ends at once.
  boost::asio::awaitable<void> run();
  void stop();  // any thread

 private:
  struct Lane {
    std::deque<EventPtr> ring;
    Place last;
    bool whole = true;  // the ring holds all that there ever was
    std::vector<std::weak_ptr<Subscription>> subscribers;
    metrics::Counter* events = nullptr;
    Watch watch{true};
    bool beginning = false;  // its gap is on its way
  };

  Lane& lane(Topic topic) { return lanes_[static_cast<std::size_t>(topic)]; }
  const Lane& lane(Topic topic) const { return lanes_[static_cast<std::size_t>(topic)]; }
  void keep(Lane& lane, EventPtr event);
  void tell(Lane& lane, const EventPtr& event);
  bool is_watched_here(Lane& lane);
  void begin(Topic topic);
  std::vector<std::vector<std::string>> look_commands();
  void hear_of_watchers(const std::vector<redis::Reply>& answers);
  bool missed(const Lane& lane, const Filter& filter, Place after, std::deque<EventPtr>& out) const;

  bool loaded() const {
    const std::lock_guard lock(mutex_);
    return ready_;
  }
  boost::asio::awaitable<bool> load();
  boost::asio::awaitable<void> send();
  boost::asio::awaitable<bool> receive();  // true: there may be more
  void take_over(Topic topic, const redis::Reply& entries);
  void say_alone(std::deque<EventPtr> events);

  redis::Client* const redis_;
  log::Logger& log_;
  const std::shared_ptr<Bell> bell_;  // of run(); shared with what it posts
  metrics::Gauge& subscribers_;
  metrics::Counter& dropped_slow_;
  metrics::Counter& dropped_unsent_;

  mutable std::mutex mutex_;  // guards what follows
  std::array<Lane, kTopics.size()> lanes_;
  std::deque<EventPtr> unsent_;
  bool ready_ = false;
  bool stopping_ = false;
};

}  // namespace warp::live
