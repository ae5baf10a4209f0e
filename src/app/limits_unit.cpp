#include "app/limits_unit.h"

#include <stdexcept>
#include <unistd.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "warp/base/random.h"
#include "warp/base/text.h"

namespace warp::app {
namespace {

calls::GuardSettings guard_settings(const Config::Sip::Protection& given) {
  calls::GuardSettings settings;
  settings.enabled = given.enabled;
  for (const auto& word : split_words(given.allowed))
    if (const auto cidr = domain::Cidr::parse(word)) settings.allowed.push_back(*cidr);
  settings.scanners = split_words(given.scanners);
  settings.ban_score = given.ban_score;
  settings.score_half_life = given.score_half_life;
  settings.ban_time = given.ban_time;
  settings.longest_ban = given.longest_ban;
  settings.requests_per_second = given.requests_per_second;
  settings.strangers_per_second = given.strangers_per_second;
  return settings;
}

std::uint64_t secret() {
  SecureIdSource ids;
  return ids.next64();
}

// Never the same twice: what an earlier process of this host said is not ours.
std::string node_name() {
  char host[256] = "localhost";
  gethostname(host, sizeof host - 1);
  SecureIdSource ids;
  return std::string(host) + ":" + std::to_string(getpid()) + ":" + ids.hex(8);
}

}  // namespace

LimitsUnit::LimitsUnit(const Config& config, const routing::SnapshotHolder& snapshots, const Clock& clock,
                       log::Logger& log, metrics::Registry& metrics)
    : settings_(config.limits),
      limits_(config.sip.shards),
      guard_(
          guard_settings(config.sip.protection),
          [&snapshots](const domain::IpAddress& ip) {
            const auto snapshot = snapshots.current();
            return !snapshot || snapshot->knows(ip);
          },
          clock, secret(), log, metrics),
      cluster_(limits_, config.sip.protection.share_bans ? &guard_ : nullptr, clock, log, metrics) {}

void LimitsUnit::start(net::TaskGroup& tasks, redis::Client* redis, std::function<void()> audit_shards) {
  audit_shards_ = std::move(audit_shards);
  tasks.spawn("limits.keep", keep());
  if (redis == nullptr || !settings_.cluster.enabled) return;
  cluster_.begin();
  exchange_.emplace(*redis, node_name(), settings_.cluster.life);
  tasks.spawn("limits.share", share());
}

boost::asio::awaitable<void> LimitsUnit::keep() {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  for (;;) {
    timer.expires_after(settings_.audit_interval);
    co_await timer.async_wait(boost::asio::use_awaitable);
    guard_.sweep();
    audit_shards_();
  }
}

boost::asio::awaitable<void> LimitsUnit::share() {
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
  while (!left_) {
    auto turn = exchange_->turn(cluster_.own_word());
    const auto others = co_await std::move(turn);
    if (others)
      cluster_.hear(*others);
    else
      cluster_.lose();
    timer.expires_after(settings_.cluster.interval);
    co_await timer.async_wait(boost::asio::use_awaitable);
  }
}

boost::asio::awaitable<void> LimitsUnit::leave() {
  left_ = true;
  if (!exchange_) co_return;
  auto leaving = exchange_->leave();
  co_await std::move(leaving);
}

}  // namespace warp::app
