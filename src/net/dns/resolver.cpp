#include <algorithm>
#include <array>
#include <atomic>

#include "warp/base/text.h"
#include "warp/net/dns.h"

#include "cache.h"
#include "channel.h"
#include "hosts.h"

namespace warp::net::dns {
namespace {

constexpr std::chrono::seconds kHostsTtl{5};
constexpr std::array kTypes{RecordType::A, RecordType::Aaaa, RecordType::Srv, RecordType::Naptr};
constexpr std::size_t kLongestName = 254;

std::size_t place_of(RecordType type) {
  return static_cast<std::size_t>(std::find(kTypes.begin(), kTypes.end(), type) - kTypes.begin());
}

// The name as the cache has it, in `room`; empty when it is none.
std::string_view folded(std::string_view name, std::array<char, kLongestName>& room) {
  if (!is_name(name)) return {};
  if (name.ends_with('.')) name.remove_suffix(1);
  std::transform(name.begin(), name.end(), room.begin(), ascii_lower);
  return {room.data(), name.size()};
}

Lookup no_such_name() {
  static const auto answer = [] {
    auto made = std::make_shared<Answer>();
    made->outcome = Outcome::NoName;
    return std::shared_ptr<const Answer>(std::move(made));
  }();
  return {answer, false};
}

}  // namespace

struct Resolver::Impl : std::enable_shared_from_this<Resolver::Impl> {
  struct Waiter {
    std::uint64_t number;
    Executor* where;
    std::function<void(Lookup)> done;
    TimerWheel::Handle deadline;
  };
  using Waiters = std::vector<Waiter>;

  Impl(Loop& home, Settings given, metrics::Registry& metrics, log::Logger& logger)
      : loop(home),
        settings(std::move(given)),
        log(logger),
        cache(settings.cache),
        hosts(settings.hosts_file),
        channel(loop.context(), settings),
        seconds(metrics.histogram("warp_dns_query_seconds", "Time from a DNS query to its answer.",
                                  {0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10})),
        stale_served(metrics.counter(
            "warp_dns_stale_served_total",
            "Look-ups answered with records beyond their TTL, since no DNS server gave newer ones.")) {
    for (const auto type : kTypes)
      for (const auto outcome : {"found", "no_data", "no_name", "failed", "timeout"})
        queries[place_of(type)].push_back(
            &metrics.counter("warp_dns_queries_total", "DNS queries by record type and how they ended.",
                             {{"type", std::string(to_string(type))}, {"outcome", outcome}}));
  }

  Lookup at_hand(const Cache::Seen& seen);
  void renew(const KeyView& key);
  void ask(Key key, Executor& where, std::function<void(Lookup)> done);
  void launch(const Key& key);
  bool from_hosts(const Key& key);
  void on_answer(const Key& key, Monotonic begun, int status, std::span<const std::byte> message);
  void settle(const Key& key, const Lookup& lookup);
  void give_up(const Key& key, std::uint64_t waiter);
  void tell(Waiter& waiter, const Lookup& lookup);
  std::chrono::milliseconds longest() const;

  Loop& loop;
  const Settings settings;
  log::Logger& log;
  Cache cache;
  // The rest is the loop's.
  HostsFile hosts;
  std::unordered_map<Key, Waiters, KeyHash, KeyEqual> in_flight;
  std::uint64_t last_waiter = 0;
  bool down = false;  // said so in the log
  Channel channel;    // after what its last answers touch
  std::array<std::vector<metrics::Counter*>, kTypes.size()> queries;
  metrics::Histogram& seconds;
  metrics::Counter& stale_served;
};

std::chrono::milliseconds Resolver::Impl::longest() const {
  // Each server is given each try; the time doubles with every round.
  const auto servers = std::max<std::size_t>(settings.servers.size(), 1);
  const auto rounds = (1u << std::min(settings.tries, 6u)) - 1;
  return std::min<std::chrono::milliseconds>(settings.timeout * static_cast<long>(rounds * servers),
                                             std::chrono::seconds(10)) +
         std::chrono::milliseconds(100);
}

Lookup Resolver::Impl::at_hand(const Cache::Seen& seen) {
  if (seen.stale) stale_served.add();
  return {seen.answer, seen.stale};
}

void Resolver::Impl::renew(const KeyView& key) {
  loop.post([weak = weak_from_this(), key = Key{std::string(key.name), key.type}] {
    if (const auto self = weak.lock())
      if (!self->in_flight.contains(key)) self->launch(key);
  });
}

void Resolver::Impl::ask(Key key, Executor& where, std::function<void(Lookup)> done) {
  const auto seen = cache.look(key, loop.clock().now());
  Waiter waiter{++last_waiter, &where, std::move(done), {}};
  if (seen.state == Cache::Seen::State::Fresh || seen.state == Cache::Seen::State::Resting)
    return tell(waiter, at_hand(seen));
  const auto patience =
      seen.state == Cache::Seen::State::Stale ? std::min(settings.stale_wait, longest()) : longest();
  waiter.deadline = loop.wheel().arm(patience, [this, key, number = waiter.number] { give_up(key, number); });
  const bool running = in_flight.contains(key);
  in_flight[key].push_back(std::move(waiter));
  if (!running) launch(key);
}

void Resolver::Impl::launch(const Key& key) {
  in_flight.try_emplace(key);
  if (from_hosts(key)) return;
  channel.query(key.name, key.type,
                [this, key, begun = loop.clock().now()](int status, std::span<const std::byte> message) {
                  on_answer(key, begun, status, message);
                });
}

bool Resolver::Impl::from_hosts(const Key& key) {
  if (key.type != RecordType::A && key.type != RecordType::Aaaa) return false;
  const auto& known = hosts.find(key.name);
  if (known.empty()) return false;
  auto answer = std::make_shared<Answer>();
  for (const auto& ip : known)
    if (ip.v6 == (key.type == RecordType::Aaaa)) answer->addresses.push_back(ip);
  answer->outcome = answer->addresses.empty() ? Outcome::NoData : Outcome::Found;
  answer->ttl = kHostsTtl;
  cache.keep(key, answer, loop.clock().now());
  settle(key, {answer, false});
  return true;
}

void Resolver::Impl::on_answer(const Key& key, Monotonic begun, int status,
                               std::span<const std::byte> message) {
  if (status == ARES_EDESTRUCTION) return;
  const auto now = loop.clock().now();
  auto& counters = queries[place_of(key.type)];
  Answer answer;
  if (!message.empty())
    if (auto parsed = parse_answer(message, key.type)) answer = std::move(*parsed);
  seconds.observe(std::chrono::duration<double>(now - begun).count());
  const bool failed = answer.outcome == Outcome::Failed;
  counters[failed && status == ARES_ETIMEOUT ? 4 : static_cast<std::size_t>(answer.outcome)]->add();
  // A server that says SERVFAIL of one zone is not away.
  const bool unanswered = failed && message.empty();
  if (unanswered != std::exchange(down, unanswered)) {
    if (unanswered)
      log.warning("dns.failed", {{"name", key.name},
                                 {"type", to_string(key.type)},
                                 {"error", ares_strerror(status)},
                                 {"effect", "what is remembered is used beyond its time"}});
    else
      log.info("dns.answers_again", {{"name", key.name}});
  }
  if (!failed) {
    auto kept = std::make_shared<const Answer>(std::move(answer));
    cache.keep(key, kept, now);
    return settle(key, {std::move(kept), false});
  }
  cache.failed(key, now);
  settle(key, at_hand(cache.look(key, now)));
}

void Resolver::Impl::settle(const Key& given, const Lookup& lookup) {
  const Key key = given;  // it may live in what is extracted
  auto node = in_flight.extract(key);
  if (node.empty()) return;
  for (auto& waiter : node.mapped())
    tell(waiter, lookup);
}

// The query goes on; what it brings is for the next.
void Resolver::Impl::give_up(const Key& key, std::uint64_t number) {
  const auto found = in_flight.find(key);
  if (found == in_flight.end()) return;
  auto& waiters = found->second;
  const auto waiter =
      std::find_if(waiters.begin(), waiters.end(), [&](const Waiter& one) { return one.number == number; });
  if (waiter == waiters.end()) return;
  Waiter leaving = std::move(*waiter);
  waiters.erase(waiter);
  leaving.deadline = {};
  const auto seen = cache.look(key, loop.clock().now());
  tell(leaving, seen.answer ? at_hand(seen) : Lookup{std::make_shared<const Answer>(), false});
}

void Resolver::Impl::tell(Waiter& waiter, const Lookup& lookup) {
  loop.wheel().cancel(waiter.deadline);
  waiter.where->post([done = std::move(waiter.done), lookup] { done(lookup); });
}

Resolver::Resolver(Loop& loop, Settings settings, metrics::Registry& metrics, log::Logger& log)
    : impl_(std::make_shared<Impl>(loop, std::move(settings), metrics, log)) {
  auto& entries = metrics.gauge("warp_dns_cache_entries", "Names and types that the resolver remembers.");
  metrics.on_scrape([&entries, weak = std::weak_ptr<Impl>(impl_)] {
    if (const auto self = weak.lock()) entries.set(static_cast<double>(self->cache.size()));
  });
}

Resolver::~Resolver() {
  for (auto& [key, waiters] : impl_->in_flight)
    for (auto& waiter : waiters)
      impl_->loop.wheel().cancel(waiter.deadline);
}

void Resolver::resolve(std::string_view name, RecordType type, Executor& where,
                       std::function<void(Lookup)> done) {
  std::array<char, kLongestName> room;
  const auto clean = folded(name, room);
  if (clean.empty()) return where.post([done = std::move(done)] { done(no_such_name()); });
  impl_->loop.post([weak = std::weak_ptr<Impl>(impl_), key = Key{std::string(clean), type}, &where,
                    done = std::move(done)]() mutable {
    if (const auto self = weak.lock()) self->ask(std::move(key), where, std::move(done));
  });
}

Lookup Resolver::cached(std::string_view name, RecordType type) {
  std::array<char, kLongestName> room;
  const auto clean = folded(name, room);
  if (clean.empty()) return no_such_name();
  const KeyView key{clean, type};
  const auto seen = impl_->cache.look(key, impl_->loop.clock().now());
  if (seen.renew) impl_->renew(key);
  if (seen.state == Cache::Seen::State::Stale) return {};
  return seen.answer ? impl_->at_hand(seen) : Lookup{};
}

std::chrono::milliseconds Resolver::deadline() const {
  return impl_->longest();
}

std::size_t Resolver::entries() const {
  return impl_->cache.size();
}

}  // namespace warp::net::dns
