#include "app/spend_exchange.h"

#include <algorithm>

namespace warp::app {
namespace {

using charging::SpendWatch;
using charging::Usage;

std::string key_of(const SpendWatch::Share& share) {
  const auto since = std::chrono::floor<std::chrono::seconds>(share.since).time_since_epoch().count();
  return "warp:spend:" + share.limit.to_string() + ":" + std::to_string(since);
}

std::string life_of(const std::string& window) {
  constexpr std::int64_t kHour = 3600, kDay = 24 * kHour;
  return std::to_string(window == "hour" ? 2 * kHour : window == "day" ? 2 * kDay : 62 * kDay);
}

}  // namespace

std::vector<std::vector<std::string>> SpendExchange::commands(std::span<const Share> shares) const {
  std::vector<std::vector<std::string>> commands;
  commands.reserve(shares.size() * kCommands);
  for (const Share& share : shares) {
    const std::string key = key_of(share);
    const auto seed = seeds_.find(share.limit);
    const bool known = seed != seeds_.end() && seed->second.first == share.since;
    const Usage begin = known ? seed->second.second : Usage{};
    const auto add = [&](const char* field, std::int64_t from, std::int64_t more) {
      commands.push_back({"HSETNX", key, field, std::to_string(from)});
      commands.push_back({"HINCRBY", key, field, std::to_string(more)});
    };
    add("calls", begin.calls, share.more.calls);
    add("seconds", begin.seconds, share.more.seconds);
    add("nanos", begin.nanos, share.more.nanos);
    commands.push_back({"EXPIRE", key, life_of(share.window)});
  }
  return commands;
}

void SpendExchange::hear(const Share& share, std::span<const redis::Reply> replies) {
  // Those to its three HINCRBY; none when Redis is away.
  const auto total = [&](std::size_t place) -> std::optional<std::int64_t> {
    if (replies.size() != kCommands) return std::nullopt;
    return replies[place].integer();
  };
  const auto calls = total(1), seconds = total(3), nanos = total(5);
  if (calls && seconds && nanos)
    watch_.told(share, {*calls, *seconds, *nanos});
  else
    watch_.failed(share);
}

boost::asio::awaitable<void> SpendExchange::turn(WallTime now) {
  const auto shares = watch_.shares(now);
  const std::span<const Share> all(shares);
  for (std::size_t begin = 0; begin < all.size(); begin += kShares) {
    const auto part = all.subspan(begin, std::min(kShares, all.size() - begin));
    auto asked = commands(part);
    const auto replies = co_await redis_.pipeline(std::move(asked));
    for (std::size_t i = 0; i < part.size(); ++i)
      hear(part[i],
           replies ? std::span(*replies).subspan(i * kCommands, kCommands) : std::span<const redis::Reply>());
  }
}

}  // namespace warp::app
