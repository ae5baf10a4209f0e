#include "app/live_unit.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <mutex>
#include <optional>
#include <unistd.h>
#include <unordered_map>

#include <boost/asio/use_awaitable.hpp>

#include "warp/api/node_json.h"
#include "warp/live/hub.h"
#include "warp/pg/listener.h"
#include "warp/store/nodes.h"
#include "warp/store/outbox.h"

#include "app/call_desk.h"
#include "app/call_diff.h"
#include "app/live_events.h"
#include "app/node_link.h"

namespace warp::app {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr const char* kConsumer = "live";  // of the outbox
constexpr std::uint32_t kRows = 500;       // of the outbox at a time
constexpr auto kOutboxLook = 250ms;
constexpr auto kRetry = 1'000ms;
constexpr auto kLiveBeat = 5'000ms;
constexpr auto kStale = 60s;        // what is older is no news to those who watch
constexpr auto kInForce = 1'000ms;  // that the snapshot may take
constexpr auto kSettled = 100ms;    // after which a snapshot that is younger than the change has it
constexpr auto kSnapshotLook = 10ms;
constexpr auto kNews = 2s;          // calls that are younger are told of when looking begins
constexpr auto kLookPerCall = 3ms;  // many calls are looked at less often, up to kSlowest
constexpr auto kSlowest = 1'000ms;
constexpr std::size_t kMost = 10'000;  // more are only counted

std::string host_name() {
  char host[256] = "localhost";
  gethostname(host, sizeof host - 1);
  return host;
}

std::uint64_t epoch_of(const Clock& clock) {
  return static_cast<std::uint64_t>(clock.wall().time_since_epoch().count());
}

}  // namespace

struct LiveUnit::Impl final : api::NodeControl {
  Impl(const Config& config, const std::string& conninfo, const UnitNeeds& given);

  asio::awaitable<std::vector<api::NodeState>> nodes() override;
  asio::awaitable<bool> drain(std::string actor, std::string name, bool on) override;

  asio::awaitable<void> watch_calls();
  asio::awaitable<void> look_at_calls();
  void begin_to_look(const std::vector<api::ActiveCall>& calls);
  asio::awaitable<void> read_outbox();
  asio::awaitable<bool> read_rows();  // true: there may be more
  asio::awaitable<void> in_force(WallTime change, WallTime seen);
  asio::awaitable<void> keep_beating();
  asio::awaitable<void> beat();
  asio::awaitable<void> look_at_peers();
  asio::awaitable<std::string> answer(std::string question) { return desk.answer(std::move(question)); }
  void steer(bool draining);
  void say(const char* type, const store::Node& state);
  std::string phase() const;
  std::vector<std::string> peers() const {
    const std::lock_guard lock(mutex);
    return peers_alive;
  }
  asio::awaitable<void> pause(std::shared_ptr<live::Bell> bell, std::chrono::milliseconds time) {
    return bell->wait(std::chrono::steady_clock::now() + time);
  }

  const std::string name;
  const std::chrono::milliseconds calls_interval;
  const UnitNeeds needs;
  Node node;
  store::NodeRepository node_rows;
  store::OutboxRepository outbox;
  live::Hub hub;
  std::optional<NodeLink> link;  // none without Redis
  CallDesk desk;
  std::optional<calls::LiveCalls> live_calls;
  CallDiff diff;
  bool unseen = false;  // calls have come and gone that `diff` does not know
  // Each of one task; shared with what it posts.
  const std::shared_ptr<live::Bell> calls_bell, outbox_bell, node_bell;
  pg::Listener listener;
  std::atomic<bool> stopping{false};

  // Of the beating task alone.
  bool arrived = false, draining = false;
  std::string last_said;
  std::vector<store::Node> last_peers;

  mutable std::mutex mutex;  // guards the next
  std::vector<std::string> peers_alive;
};

LiveUnit::Impl::Impl(const Config& config, const std::string& conninfo, const UnitNeeds& given)
    : name(config.messaging.node),
      calls_interval(config.live.calls_interval),
      needs(given),
      node_rows(given.pool),
      outbox(given.pool),
      hub(given.control.context().get_executor(), given.redis, epoch_of(given.clock), given.metrics,
          given.log),
      link(given.redis ? std::optional<NodeLink>(std::in_place, *given.redis, config.messaging.node)
                       : std::nullopt),
      desk({config.messaging.node, given.control, link ? &*link : nullptr, [this] { return peers(); }}),
      calls_bell(std::make_shared<live::Bell>(given.control.context().get_executor())),
      outbox_bell(std::make_shared<live::Bell>(given.control.context().get_executor())),
      node_bell(std::make_shared<live::Bell>(given.control.context().get_executor())),
      listener(given.control.context().get_executor(), {.conninfo = conninfo, .channels = {"warp_nodes"}},
               {.on_notify = [bell = node_bell](std::string_view, std::string_view) { bell->ring(); },
                .on_connect = [bell = node_bell] { bell->ring(); }},
               given.metrics, given.log) {}

asio::awaitable<std::vector<api::NodeState>> LiveUnit::Impl::nodes() {
  std::vector<api::NodeState> out;
  auto listing = node_rows.list();
  const auto rows = co_await std::move(listing);
  if (!rows) co_return out;
  for (const auto& row : *rows) {
    api::NodeState state;
    state.name = row.name;
    state.host = row.host;
    state.version = row.version;
    state.phase = row.phase;
    state.calls = row.calls;
    state.started_at = row.started_at;
    state.beat_at = row.beat_at;
    state.here = row.name == name;
    out.push_back(std::move(state));
  }
  co_return out;
}

asio::awaitable<bool> LiveUnit::Impl::drain(std::string actor, std::string which, bool on) {
  store::Actor who;
  who.who = std::move(actor);
  auto changing = node_rows.drain(std::move(who), std::move(which), on);
  const auto changed = co_await std::move(changing);
  co_return changed.has_value();
}

asio::awaitable<void> LiveUnit::Impl::look_at_calls() {
  const auto count = live_calls->count();
  if (count > kMost) {
    live::Event sum;
    sum.topic = live::Topic::Calls;
    sum.type = "call.sum";
    sum.at = needs.clock.wall();
    sum.data = "{\"node\":" + api::dump(api::Json(name)) + ",\"calls\":" + std::to_string(count) + "}";
    hub.publish(std::move(sum));
    unseen = true;
    co_return;
  }
  calls::LiveFilter filter;
  filter.limit = kMost;
  auto looking = desk.here(filter);
  const auto found = co_await std::move(looking);
  std::vector<api::ActiveCall> views;
  views.reserve(found.size());
  for (const auto& call : found)
    views.push_back(desk.view(call));
  if (std::exchange(unseen, false)) begin_to_look(views);
  std::unordered_map<std::string, const calls::LiveCall*> by_id;  // made when it is wanted
  const auto figures = [&found, &by_id](api::ActiveCall& call) {
    if (by_id.empty()) {
      for (const auto& live : found)
        by_id.emplace(live.call.to_string(), &live);
    }
    add_figures(call, *by_id.at(call.id));
  };
  for (auto& event : diff.step(std::move(views), needs.clock.wall(), figures))
    hub.publish(std::move(event));
}

// While nobody looked, calls came and went unseen: what is known begins with those that are no news.
void LiveUnit::Impl::begin_to_look(const std::vector<api::ActiveCall>& calls) {
  const auto now = needs.clock.wall();
  std::vector<api::ActiveCall> old;
  std::copy_if(calls.begin(), calls.end(), std::back_inserter(old),
               [now](const auto& call) { return call.setup_at < now - kNews; });
  diff.begin(std::move(old), now);
}

asio::awaitable<void> LiveUnit::Impl::watch_calls() {
  while (!stopping) {
    if (hub.watched(live::Topic::Calls)) {
      auto looking = look_at_calls();
      co_await std::move(looking);
    } else {
      unseen = true;
    }
    const auto due = std::min<std::chrono::milliseconds>(live_calls->count() * kLookPerCall, kSlowest);
    auto waiting = pause(calls_bell, std::max(calls_interval, due));
    co_await std::move(waiting);
  }
}

// Until calls are judged by a change that was read at `seen`, as far as it can be known; at most kInForce
// after that.
asio::awaitable<void> LiveUnit::Impl::in_force(WallTime change, WallTime seen) {
  while (!stopping && needs.clock.wall() - seen < kInForce) {
    const auto snapshot = needs.snapshots.current();
    const auto loaded = snapshot ? snapshot->loaded_at() : WallTime{};
    if (loaded > seen || (loaded > change && needs.clock.wall() - seen >= kSettled)) co_return;
    auto waiting = pause(outbox_bell, kSnapshotLook);
    co_await std::move(waiting);
  }
}

asio::awaitable<bool> LiveUnit::Impl::read_rows() {
  auto reading = outbox.next(kConsumer, kRows);
  const auto rows = co_await std::move(reading);
  if (!rows && rows.error().kind == store::ErrorKind::NotFound) {
    auto subscribing = outbox.subscribe(kConsumer);
    const auto subscribed = co_await std::move(subscribing);
    co_return subscribed.has_value();
  }
  if (!rows || rows->empty()) co_return false;
  auto marking = outbox.done(kConsumer, rows->back());
  const auto mine = co_await std::move(marking);
  if (!mine || !*mine) co_return false;  // another node tells of them
  const auto seen = needs.clock.wall(), oldest = seen - kStale;
  for (const auto& row : *rows) {
    if (row.at < oldest) continue;
    if (row.kind.starts_with("trunk.") || row.kind.starts_with("number.")) {
      auto waiting = in_force(row.at, seen);
      co_await std::move(waiting);
    }
    for (auto& event : live_events_of(row))
      hub.publish(std::move(event));
  }
  co_return rows->size() == kRows;
}

asio::awaitable<void> LiveUnit::Impl::read_outbox() {
  while (!stopping) {
    auto reading = read_rows();
    if (co_await std::move(reading)) continue;
    auto waiting = pause(outbox_bell, needs.pool.healthy() ? kOutboxLook : kRetry);
    co_await std::move(waiting);
  }
}

std::string LiveUnit::Impl::phase() const {
  if (draining) return "draining";
  return std::string(to_string(node.phase()));
}

void LiveUnit::Impl::say(const char* type, const store::Node& state) {
  live::Event event;
  event.topic = live::Topic::Nodes;
  event.type = type;
  event.at = needs.clock.wall();
  event.key = state.name;
  event.data = api::dump(api::to_json(state));
  hub.publish(std::move(event));
}

void LiveUnit::Impl::steer(bool on) {
  if (on == draining) return;
  draining = on;
  node.drain(on);
  needs.log.info(on ? "app.node_drains" : "app.node_takes_calls", {{"node", name}});
  node_bell->ring();  // says so at once
}

asio::awaitable<void> LiveUnit::Impl::beat() {
  store::NodeBeat now;
  now.name = name;
  now.phase = phase();
  now.calls = static_cast<std::uint32_t>(node.active_calls());
  if (!arrived) {
    auto arriving = node_rows.arrive(name, host_name(), WARP_VERSION);
    const auto row = co_await std::move(arriving);
    arrived = row.has_value();
    if (!arrived) co_return;
  }
  auto beating = node_rows.beat(std::move(now));
  const auto row = co_await std::move(beating);
  if (!row) {
    arrived = arrived && row.error().kind != store::ErrorKind::NotFound;
    co_return;
  }
  steer(row->draining);
  auto said = row->phase + (row->draining ? " draining " : " ") + std::to_string(row->calls);
  if (said == last_said) co_return;
  last_said = std::move(said);
  say("node.updated", *row);
}

// The first of those that live tells of those that do no longer.
asio::awaitable<void> LiveUnit::Impl::look_at_peers() {
  auto listing = node_rows.list();
  auto rows = co_await std::move(listing);
  if (!rows) co_return;
  std::vector<std::string> alive;
  bool first = true;
  for (const auto& row : *rows) {
    if (row.phase == "gone") continue;
    if (row.name < name) first = false;
    if (row.name != name) alive.push_back(row.name);
  }
  for (const auto& row : *rows)
    for (const auto& before : last_peers)
      if (first && before.name == row.name && before.phase != "gone" && row.phase == "gone")
        say("node.gone", row);
  last_peers = std::move(*rows);
  const std::lock_guard lock(mutex);
  peers_alive = std::move(alive);
}

asio::awaitable<void> LiveUnit::Impl::keep_beating() {
  while (!stopping) {
    auto beating = beat();
    co_await std::move(beating);
    auto looking = look_at_peers();
    co_await std::move(looking);
    if (stopping) co_return;
    const bool soon = !arrived || node.phase() == Phase::Starting;
    auto waiting = pause(node_bell, soon ? std::chrono::milliseconds(500) : kLiveBeat);
    co_await std::move(waiting);
  }
}

LiveUnit::LiveUnit(const Config& config, const std::string& conninfo, const UnitNeeds& needs)
    : impl_(std::make_unique<Impl>(config, conninfo, needs)) {}

LiveUnit::~LiveUnit() = default;

live::Hub* LiveUnit::hub() {
  return &impl_->hub;
}

api::CallControl* LiveUnit::calls() {
  return &impl_->desk;
}

api::NodeControl* LiveUnit::nodes() {
  return impl_.get();
}

void LiveUnit::join(Node node) {
  impl_->node = std::move(node);
  std::vector<calls::LiveCalls::Shard> shards;
  for (const auto& shard : *impl_->node.shards)
    shards.push_back({&shard->loop(), &shard->engine()});
  impl_->live_calls.emplace(std::move(shards));
  impl_->desk.join(*impl_->live_calls, impl_->node.capture->traces());
}

void LiveUnit::start(net::TaskGroup& tasks) {
  auto* impl = impl_.get();
  impl->listener.start();
  tasks.spawn("live.hub", impl->hub.run());
  tasks.spawn("live.calls", impl->watch_calls());
  tasks.spawn("live.outbox", impl->read_outbox());
  tasks.spawn("live.node", impl->keep_beating());
  if (impl->link)
    tasks.spawn("live.link",
                impl->link->serve([impl](std::string text) { return impl->answer(std::move(text)); },
                                  [impl] { return impl->peers().empty(); }));
}

boost::asio::awaitable<void> LiveUnit::stop() {
  impl_->stopping = true;
  impl_->listener.stop();
  impl_->hub.stop();
  impl_->calls_bell->ring();
  impl_->outbox_bell->ring();
  impl_->node_bell->ring();
  store::NodeBeat last;
  last.name = impl_->name;
  last.phase = "gone";
  auto leaving = impl_->node_rows.beat(std::move(last));
  const auto left = co_await std::move(leaving);
  static_cast<void>(left);  // the others find out
}

}  // namespace warp::app
