#include "warp/calls/guard.h"

#include <algorithm>
#include <array>
#include <bit>
#include <mutex>
#include <unordered_map>

#include "warp/base/text.h"
#include "warp/domain/reason.h"

#include "ban_table.h"
#include "score_table.h"

namespace warp::calls {

namespace {

constexpr std::chrono::hours kWelcome{1};
constexpr std::size_t kMostHeard = 1 << 16;
constexpr std::array<double, kOffences> kPoints{1, 4, 1, 1, 2, 0};
constexpr std::array<std::string_view, kOffences> kOffenceNames{
    "unknown_source", "auth_failure", "malformed", "rate_exceeded", "method_refused", "scanner"};

std::int64_t ns_of(Monotonic when) {
  return std::chrono::nanoseconds(when.time_since_epoch()).count();
}

std::size_t kind_of(sip::Method method) {
  if (method == sip::Method::Invite) return 0;
  if (method == sip::Method::Register) return 1;
  if (method == sip::Method::Options) return 2;
  return 3;
}

bool contains(std::string_view text, std::string_view part) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(),
                     [](char a, char b) { return ascii_lower(a) == ascii_lower(b); }) != text.end();
}

metrics::Counter& dropped(metrics::Registry& metrics, const char* why, domain::Reason reason) {
  return metrics.counter("warp_protection_dropped_total", "Messages dropped without an answer, by why.",
                         {{"why", why}, {"reason", std::string(domain::to_string(reason))}});
}

std::size_t places(std::size_t wanted) {
  return std::bit_floor(std::max<std::size_t>(wanted, kWays));
}

}  // namespace

std::string_view to_string(Offence offence) {
  return kOffenceNames[static_cast<std::size_t>(offence)];
}

struct Guard::Tables {
  Tables(const GuardSettings& settings, std::uint64_t seed, metrics::Registry& metrics)
      : bans(places(settings.banned), seed),
        scores(places(settings.tracked), ~seed, settings.score_half_life, 2 * settings.longest_ban),
        banned(metrics.gauge("warp_protection_banned", "Sources that are banned now.")),
        banned_total(metrics.counter("warp_protection_bans_total", "Bans, by hand and by points.")),
        dropped_banned(dropped(metrics, "banned", domain::Reason::SourceBanned)),
        dropped_rate(dropped(metrics, "rate", domain::Reason::SourceRateExceeded)),
        dropped_crowd(dropped(metrics, "crowd", domain::Reason::Overloaded)) {
    for (std::size_t i = 0; i < kOffences; ++i)
      offences[i] = &metrics.counter("warp_protection_offences_total",
                                     "What sources were refused for or dropped for, by what it was.",
                                     {{"offence", std::string(kOffenceNames[i])}});
  }

  BanTable bans;
  ScoreTable scores;
  metrics::Gauge& banned;
  metrics::Counter &banned_total, &dropped_banned, &dropped_rate, &dropped_crowd;
  std::array<metrics::Counter*, kOffences> offences{};
  std::atomic<std::int64_t> crowd_due_ns{0};  // of the bucket of all strangers
  mutable std::mutex mutex;                   // guards changes of `bans`, and what follows
  std::function<void(const News&)> listener;
  std::unordered_map<SourceKey, WallTime> heard;  // of other nodes' news, the newest of each source
};

Guard::Guard(GuardSettings settings, Trusts trusts, const Clock& clock, std::uint64_t seed, log::Logger& log,
             metrics::Registry& metrics)
    : settings_(std::move(settings)),
      trusts_(std::move(trusts)),
      clock_(clock),
      log_(log),
      tables_(std::make_unique<Tables>(settings_, seed, metrics)) {}

Guard::~Guard() = default;

bool Guard::trusted(const domain::IpAddress& source) const {
  for (const auto& cidr : settings_.allowed)
    if (cidr.contains(source)) return true;
  return trusts_ && trusts_(source);
}

bool Guard::is_banned(const domain::IpAddress& source) {
  BanTable::Slot* slot = tables_->bans.find(source_key(source));
  if (slot == nullptr || slot->until_ns.load(std::memory_order_relaxed) <= ns_of(clock_.now())) return false;
  // A friend may have become one since, or share the /64 with a foe.
  if (trusted(source)) return false;
  slot->dropped.fetch_add(1, std::memory_order_relaxed);
  tables_->dropped_banned.add();
  return true;
}

bool Guard::take(const domain::IpAddress& source, sip::Method method) {
  if (!settings_.enabled) return true;
  const Monotonic now = clock_.now();
  const auto most = static_cast<float>(settings_.requests_per_second);
  const bool taken = tables_->scores.with(source_key(source), now, most, [&](ScoreTable::Entry& entry) {
    const std::chrono::duration<float> past = now - entry.filled;
    entry.filled = now;
    for (float& tokens : entry.tokens)
      tokens = std::min(most, tokens + past.count() * most);
    if (entry.welcome_until > now) return true;
    float& tokens = entry.tokens[kind_of(method)];
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  });
  if (!taken) tables_->dropped_rate.add();
  return taken;
}

bool Guard::may_remember() {
  if (!settings_.enabled) return true;
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t interval = kSecond / std::max(settings_.strangers_per_second, 1u);
  const std::int64_t now = ns_of(clock_.now());
  std::int64_t due = tables_->crowd_due_ns.load(std::memory_order_relaxed);
  while (true) {
    const std::int64_t start = std::max(due, now);
    if (start - now > kSecond - interval) {
      tables_->dropped_crowd.add();
      return false;
    }
    if (tables_->crowd_due_ns.compare_exchange_weak(due, start + interval, std::memory_order_relaxed))
      return true;
  }
}

void Guard::offend(const domain::IpAddress& source, Offence offence) {
  tables_->offences[static_cast<std::size_t>(offence)]->add();
  if (!settings_.enabled || trusted(source)) return;
  const Monotonic now = clock_.now();
  const auto most = static_cast<float>(settings_.requests_per_second);
  const double added =
      offence == Offence::Scanner ? settings_.ban_score : kPoints[static_cast<std::size_t>(offence)];
  const std::uint32_t times =
      tables_->scores.with(source_key(source), now, most, [&](ScoreTable::Entry& entry) -> std::uint32_t {
        if (entry.welcome_until > now && offence != Offence::AuthFailure) return 0;
        entry.points = tables_->scores.points(entry, now) + added;
        entry.scored = now;
        if (entry.points < settings_.ban_score) return 0;
        entry.points = 0;
        return ++entry.bans;
      });
  if (times == 0) return;
  auto time = settings_.ban_time;
  for (std::uint32_t i = 1; i < times && time < settings_.longest_ban; ++i)
    time *= 2;
  write_ban(source, std::min(time, settings_.longest_ban), std::string(to_string(offence)), false, times);
}

void Guard::welcome(const domain::IpAddress& source) {
  if (!settings_.enabled) return;
  const Monotonic now = clock_.now();
  const auto most = static_cast<float>(settings_.requests_per_second);
  tables_->scores.with(source_key(source), now, most, [&](ScoreTable::Entry& entry) {
    entry.points = 0;
    entry.welcome_until = now + kWelcome;
  });
}

bool Guard::is_scanner(std::string_view user_agent) const {
  if (!settings_.enabled || user_agent.empty()) return false;
  return std::any_of(settings_.scanners.begin(), settings_.scanners.end(),
                     [&](const std::string& part) { return contains(user_agent, part); });
}

bool Guard::ban(const domain::IpAddress& source, std::chrono::seconds time, std::string reason,
                bool by_hand) {
  if (trusted(source)) return false;
  return write_ban(source, time, std::move(reason), by_hand, 1);
}

bool Guard::write_ban(const domain::IpAddress& source, std::chrono::seconds time, std::string reason,
                      bool by_hand, std::uint32_t times, bool tell) {
  const SourceKey key = source_key(source);
  const WallTime since = clock_.wall();
  const BanNote note{std::move(reason), since, since + time, times, by_hand};
  {
    const std::lock_guard lock(tables_->mutex);
    bool fresh = false;
    BanTable::Slot& slot = tables_->bans.place(key, fresh);
    tables_->bans.note(slot) = note;
    slot.until_ns.store(ns_of(clock_.now() + time), std::memory_order_relaxed);
    if (fresh) tables_->banned.set(bans_.fetch_add(1, std::memory_order_relaxed) + 1);
    if (tell && tables_->listener) tables_->listener({source_of_key(key), note.until, note.reason});
  }
  tables_->banned_total.add();
  log_.warning("protection.banned", {{"source", source_of_key(key).to_string()},
                                     {"reason", domain::to_string(domain::Reason::SourceBanned)},
                                     {"why", note.reason},
                                     {"seconds", time.count()},
                                     {"times", times}});
  return true;
}

void Guard::hear(const News& news, WallTime at) {
  const domain::IpAddress& source = news.source.network;
  const WallTime now = clock_.wall();
  WallTime since{};
  bool banned = false;
  {
    const std::lock_guard lock(tables_->mutex);
    if (const BanTable::Slot* slot = tables_->bans.find(source_key(source))) {
      banned = slot->until_ns.load(std::memory_order_relaxed) > ns_of(clock_.now());
      since = tables_->bans.note(*slot).since;
    }
    WallTime& heard = tables_->heard[source_key(source)];
    if (heard >= at) return;
    heard = at;
    if (tables_->heard.size() > kMostHeard) tables_->heard.clear();
  }
  if (news.until <= now) {
    if (banned && since < at) unban(source, false);
  } else if (!banned && !trusted(source)) {
    write_ban(source, std::chrono::ceil<std::chrono::seconds>(news.until - now), news.reason, false, 1,
              false);
  }
}

bool Guard::lift(const domain::IpAddress& source) {
  return unban(source, true);
}

bool Guard::unban(const domain::IpAddress& source, bool tell) {
  const SourceKey key = source_key(source);
  tables_->scores.forget(key);
  {
    const std::lock_guard lock(tables_->mutex);
    BanTable::Slot* slot = tables_->bans.find(key);
    if (slot == nullptr) return false;
    BanTable::free(*slot);
    tables_->banned.set(bans_.fetch_sub(1, std::memory_order_relaxed) - 1);
    if (tell && tables_->listener) tables_->listener({source_of_key(key), WallTime{}, "lifted"});
  }
  log_.info("protection.lifted", {{"source", source_of_key(key).to_string()}});
  return true;
}

std::vector<Ban> Guard::bans() const {
  std::vector<Ban> all;
  const std::lock_guard lock(tables_->mutex);
  const std::int64_t now = ns_of(clock_.now());
  tables_->bans.each([&](BanTable::Slot& slot) {
    if (slot.until_ns.load(std::memory_order_relaxed) <= now) return;
    const BanNote& note = tables_->bans.note(slot);
    all.push_back({source_of_key(slot.key.load(std::memory_order_relaxed)), note.reason, note.since,
                   note.until, note.times, slot.dropped.load(std::memory_order_relaxed), note.by_hand});
  });
  std::sort(all.begin(), all.end(), [](const Ban& a, const Ban& b) { return a.since > b.since; });
  return all;
}

void Guard::sweep() {
  const std::lock_guard lock(tables_->mutex);
  const std::int64_t now = ns_of(clock_.now());
  tables_->bans.each([&](BanTable::Slot& slot) {
    if (slot.until_ns.load(std::memory_order_relaxed) > now) return;
    BanTable::free(slot);
    bans_.fetch_sub(1, std::memory_order_relaxed);
  });
  tables_->banned.set(bans_.load(std::memory_order_relaxed));
}

void Guard::on_news(std::function<void(const News&)> listener) {
  const std::lock_guard lock(tables_->mutex);
  tables_->listener = std::move(listener);
}

}  // namespace warp::calls
