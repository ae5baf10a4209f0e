#include "warp/live/hub.h"

#include <algorithm>
#include <utility>

#include "warp/base/checked.h"
#include "warp/redis/client.h"

namespace warp::live {
namespace {

namespace asio = boost::asio;
using SteadyClock = std::chrono::steady_clock;

constexpr const char* kDropped = "warp_live_dropped_total";
constexpr const char* kDroppedHelp =
    "Live events that did not get to somebody: slow subscribers, or too many waiting for Redis.";
constexpr std::size_t kAtOnce = 1000;  // entries of a stream in one answer
constexpr std::chrono::milliseconds kRetry{500};

constexpr const char* kGap = "gap";  // an event of nobody: those before it are not all

std::string watched_key() {
  return "warp:watched:" + std::string(to_string(kLookedAt));
}

std::string key_of(Topic topic) {
  return "warp:live:" + std::string(to_string(topic));
}

std::vector<std::string> add_command(const Event& event) {
  return {"XADD",
          key_of(event.topic),
          "MAXLEN",
          "~",
          std::to_string(Hub::kRing),
          "*",
          "t",
          event.type,
          "a",
          std::to_string(event.at.time_since_epoch().count()),
          "c",
          event.customer ? event.customer->to_string() : std::string(),
          "k",
          event.key,
          "d",
          event.data};
}

// Null: not one of ours.
EventPtr event_of(Topic topic, const redis::Reply& entry) {
  const auto& parts = entry.elements();
  if (parts.size() != 2) return nullptr;
  const auto place = Place::parse(parts[0].text());
  const auto& fields = parts[1].elements();
  if (!place || fields.size() % 2 != 0) return nullptr;
  auto event = std::make_shared<Event>();
  event->topic = topic;
  event->place = *place;
  for (std::size_t i = 0; i < fields.size(); i += 2) {
    const auto& name = fields[i].text();
    const auto& value = fields[i + 1].text();
    if (name == "t") event->type = value;
    if (name == "a")
      event->at = WallTime(std::chrono::microseconds(parse_number<std::int64_t>(value).value_or(0)));
    if (name == "c" && !value.empty()) {
      event->customer = CustomerId::parse(value);
      if (!event->customer) return nullptr;  // nobody's business rather than everybody's
    }
    if (name == "k") event->key = value;
    if (name == "d") event->data = value;
  }
  return event;
}

}  // namespace

Hub::Hub(asio::any_io_executor executor, redis::Client* redis, std::uint64_t epoch,
         metrics::Registry& metrics, log::Logger& log)
    : redis_(redis),
      log_(log),
      bell_(std::make_shared<Bell>(std::move(executor))),
      subscribers_(metrics.gauge("warp_live_subscribers", "Subscriptions to live topics now.")),
      dropped_slow_(metrics.counter(kDropped, kDroppedHelp, {{"cause", "slow"}})),
      dropped_unsent_(metrics.counter(kDropped, kDroppedHelp, {{"cause", "unsent"}})),
      ready_(redis == nullptr) {
  for (const auto topic : kTopics) {
    lane(topic).events = &metrics.counter("warp_live_events_total", "Live events that this node was told of.",
                                          {{"topic", std::string(to_string(topic))}});
    if (redis) continue;
    lane(topic).last = Place{epoch, 0};
    lane(topic).watch = Watch(false);
  }
}

Hub::~Hub() = default;

void Hub::keep(Lane& lane, EventPtr event) {
  lane.last = event->place;
  if (event->type == kGap) {
    lane.ring.clear();  // and begins with the gap, from which on all is known
    lane.whole = false;
    lane.beginning = false;
  }
  lane.ring.push_back(std::move(event));
  if (lane.ring.size() <= kRing) return;
  lane.ring.pop_front();
  lane.whole = false;
}

void Hub::tell(Lane& lane, const EventPtr& event) {
  if (event->type == kGap) return;
  lane.events->add();
  std::erase_if(lane.subscribers, [&](const std::weak_ptr<Subscription>& known) {
    const auto subscription = known.lock();
    if (subscription) subscription->push(event);
    return !subscription;
  });
}

void Hub::publish(Event event) {
  {
    const std::lock_guard lock(mutex_);
    auto& mine = lane(event.topic);
    if (!redis_) {
      event.place = {mine.last.first, mine.last.second + 1};
      const EventPtr shared = std::make_shared<const Event>(std::move(event));
      keep(mine, shared);
      tell(mine, shared);
      return;
    }
    if (unsent_.size() >= kUnsent) {
      unsent_.pop_front();
      dropped_unsent_.add();
    }
    unsent_.push_back(std::make_shared<const Event>(std::move(event)));
  }
  bell_->ring();
}

bool Hub::is_watched_here(Lane& lane) {
  std::erase_if(lane.subscribers, [](const auto& known) { return known.expired(); });
  return !lane.subscribers.empty();
}

bool Hub::watched(Topic topic) {
  if (topic != kLookedAt) return true;
  const auto now = SteadyClock::now();
  const std::lock_guard lock(mutex_);
  auto& wanted = lane(topic);
  if (is_watched_here(wanted)) wanted.watch.here(now);
  return wanted.watch.wanted(now);
}

// False: what has passed since is not known in full.
bool Hub::missed(const Lane& lane, const Filter& filter, Place after, std::deque<EventPtr>& out) const {
  if (after == lane.last) return true;
  if (after > lane.last || (!redis_ && after.first != lane.last.first)) return false;
  const Place beginning = redis_ ? Place{} : Place{lane.last.first, 0};
  const bool from_the_beginning = lane.whole && after == beginning;
  if (!from_the_beginning && (lane.ring.empty() || after < lane.ring.front()->place)) return false;
  const auto next =
      std::upper_bound(lane.ring.begin(), lane.ring.end(), after,
                       [](const Place& place, const EventPtr& event) { return place < event->place; });
  for (auto it = next; it != lane.ring.end(); ++it)
    if ((*it)->type != kGap && passes(filter, **it)) out.push_back(*it);
  return true;
}

Hub::Joined Hub::subscribe(Filter filter, std::shared_ptr<Bell> bell, std::optional<Place> after) {
  const auto now = SteadyClock::now();
  const std::lock_guard lock(mutex_);
  auto& wanted = lane(filter.topic);
  std::deque<EventPtr> before;
  const bool kept = filter.topic != kLookedAt || wanted.watch.kept(now);
  if (after && (!kept || !missed(wanted, filter, *after, before))) return {nullptr, wanted.last};
  Joined joined;
  joined.place = after.value_or(wanted.last);
  joined.subscription = std::make_shared<Subscription>(std::move(filter), std::move(bell), std::move(before),
                                                       subscribers_, dropped_slow_);
  wanted.subscribers.push_back(joined.subscription);
  if (joined.subscription->filter().topic == kLookedAt) {
    wanted.watch.here(now);
    wanted.watch.untold();
    bell_->ring();  // other nodes are told at once
  }
  return joined;
}

void Hub::begin(Topic topic) {
  {
    const auto now = SteadyClock::now();
    const std::lock_guard lock(mutex_);
    auto& wanted = lane(topic);
    if (wanted.beginning || wanted.watch.kept(now)) return;
    wanted.beginning = true;
    wanted.watch.here(now);
    wanted.watch.untold();
  }
  Event gap;
  gap.topic = topic;
  gap.type = kGap;
  publish(std::move(gap));
}

bool Hub::ready(Topic topic) {
  {
    const std::lock_guard lock(mutex_);
    if (!ready_) return false;
  }
  if (topic != kLookedAt) return true;
  begin(topic);
  const std::lock_guard lock(mutex_);
  return !lane(topic).beginning;
}

// The newest entries of each stream, so that places of before this process are known.
asio::awaitable<bool> Hub::load() {
  std::vector<std::vector<std::string>> commands;
  for (const auto topic : kTopics)
    commands.push_back({"XREVRANGE", key_of(topic), "+", "-", "COUNT", std::to_string(kRing)});
  const auto answers = co_await redis_->pipeline(std::move(commands));
  if (!answers || answers->size() != kTopics.size()) co_return false;
  const std::lock_guard lock(mutex_);
  for (const auto topic : kTopics) {
    auto& mine = lane(topic);
    const auto& entries = (*answers)[static_cast<std::size_t>(topic)].elements();
    mine.ring.clear();
    mine.whole = entries.size() < kRing;
    for (auto it = entries.rbegin(); it != entries.rend(); ++it)
      if (auto event = event_of(topic, *it)) keep(mine, std::move(event));
  }
  ready_ = true;
  co_return true;
}

// Without a place: who resumes goes by the last one that everybody knows.
void Hub::say_alone(std::deque<EventPtr> events) {
  const std::lock_guard lock(mutex_);
  for (const auto& event : events) {
    auto& mine = lane(event->topic);
    auto placed = std::make_shared<Event>(*event);
    placed->place = mine.last;
    if (event->type == kGap) mine.beginning = false;
    tell(mine, placed);
  }
}

asio::awaitable<void> Hub::send() {
  std::deque<EventPtr> events;
  {
    const std::lock_guard lock(mutex_);
    events.swap(unsent_);
  }
  while (!events.empty()) {
    std::deque<EventPtr> some;
    std::vector<std::vector<std::string>> commands;
    for (; !events.empty() && some.size() < kAtOnce; events.pop_front()) {
      commands.push_back(add_command(*events.front()));
      some.push_back(std::move(events.front()));
    }
    const auto answers = co_await redis_->pipeline(std::move(commands));
    if (!answers) {
      say_alone(std::move(some));
      continue;
    }
    std::deque<EventPtr> refused;  // by the server: out of memory, or the key is none of ours
    for (std::size_t i = 0; i < std::min(answers->size(), some.size()); ++i)
      if ((*answers)[i].is_error()) refused.push_back(some[i]);
    dropped_unsent_.add(refused.size());
    say_alone(std::move(refused));
  }
}

void Hub::take_over(Topic topic, const redis::Reply& entries) {
  auto& mine = lane(topic);
  for (const auto& entry : entries.elements()) {
    EventPtr event = event_of(topic, entry);
    if (!event || event->place <= mine.last) continue;
    keep(mine, event);
    tell(mine, event);
  }
}

// What is new, how long the calls are watched yet, and first that they are watched here.
std::vector<std::vector<std::string>> Hub::look_commands() {
  std::vector<std::string> reading{"XREAD", "COUNT", std::to_string(kAtOnce), "STREAMS"};
  const auto now = SteadyClock::now();
  const std::lock_guard lock(mutex_);
  for (const auto topic : kTopics)
    reading.push_back(key_of(topic));
  for (const auto topic : kTopics)
    reading.push_back(lane(topic).last.to_string());
  std::vector<std::vector<std::string>> commands{std::move(reading), {"PTTL", watched_key()}};
  auto& looked_at = lane(kLookedAt);
  if ((looked_at.beginning || is_watched_here(looked_at)) && looked_at.watch.tell(now))
    commands.insert(commands.begin() + 1,
                    {"SET", watched_key(), "1", "EX", std::to_string(Watch::kKept.count())});
  return commands;
}

// The mutex is held.
void Hub::hear_of_watchers(const std::vector<redis::Reply>& answers) {
  auto& looked_at = lane(kLookedAt);
  const auto left = answers.back().integer();
  if (!left || (answers.size() == 3 && !answers[1].is_ok())) return looked_at.watch.untold();
  looked_at.watch.heard(SteadyClock::now(), std::chrono::milliseconds(*left));
}

asio::awaitable<bool> Hub::receive() {
  const auto answers = co_await redis_->pipeline(look_commands());
  const std::lock_guard lock(mutex_);
  if (!answers) {
    lane(kLookedAt).watch.untold();
    co_return false;
  }
  hear_of_watchers(*answers);
  bool more = false;
  for (const auto& stream : answers->front().elements()) {
    if (stream.elements().size() != 2) continue;
    for (const auto topic : kTopics)
      if (stream.elements()[0].text() == key_of(topic)) take_over(topic, stream.elements()[1]);
    more = more || stream.elements()[1].elements().size() == kAtOnce;
  }
  co_return more;
}

asio::awaitable<void> Hub::run() {
  if (!redis_) co_return;
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) co_return;
    }
    if (!loaded() && !co_await load()) {
      co_await send();  // told to this node's own subscribers
      co_await bell_->wait(SteadyClock::now() + kRetry);
      continue;
    }
    co_await send();
    bool more = true;
    while (more)
      more = co_await receive();
    co_await bell_->wait(SteadyClock::now() + (subscribers_.value() > 0 ? kLook : kIdleLook));
  }
}

void Hub::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  bell_->ring();
}

}  // namespace warp::live
