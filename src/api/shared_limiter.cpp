#include "shared_limiter.h"

#include <algorithm>

#include <openssl/sha.h>

#include "warp/base/text.h"
#include "warp/redis/client.h"

namespace warp::api {
namespace {

constexpr std::chrono::seconds kLeftAlone{1};
constexpr const char* kLimiterScript = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local out = {}
for i = 1, #KEYS do
  local rate, burst = tonumber(ARGV[4 * i - 3]), tonumber(ARGV[4 * i - 2])
  local cost, want = tonumber(ARGV[4 * i - 1]), tonumber(ARGV[4 * i])
  local known = redis.call('HMGET', KEYS[i], 'n', 't')
  local level, since = tonumber(known[1]) or burst, tonumber(known[2]) or now
  level = math.min(burst, level + math.max(0, now - since) * rate / 1000)
  local taken = 0
  if level >= cost then
    taken = math.min(math.floor(level), want)
    level = level - taken
  end
  redis.call('HSET', KEYS[i], 'n', tostring(level), 't', tostring(now))
  redis.call('PEXPIRE', KEYS[i], math.ceil(burst * 1000 / rate) + 1000)
  out[2 * i - 1] = taken
  out[2 * i] = math.floor(level)
end
return out
)lua";

const std::string& script_sha() {
  static const std::string sha = [] {
    const std::string_view text(kLimiterScript);
    unsigned char hash[SHA_DIGEST_LENGTH];
    SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash);
    return to_hex({reinterpret_cast<const char*>(hash), sizeof hash});
  }();
  return sha;
}

std::vector<std::string> command_of(const std::vector<BucketAsk>& asks, bool whole) {
  std::vector<std::string> out{whole ? "EVAL" : "EVALSHA", whole ? std::string(kLimiterScript) : script_sha(),
                               std::to_string(asks.size())};
  for (const auto& ask : asks)
    out.push_back(ask.key);
  for (const auto& ask : asks)
    for (const auto number : {std::max(ask.limit.per_second, 1u), ask.limit.burst, ask.cost, ask.want})
      out.push_back(std::to_string(number));
  return out;
}

std::optional<std::vector<BucketGrant>> read_grants(const redis::Reply& reply, std::size_t count) {
  const auto& numbers = reply.elements();
  if (numbers.size() != 2 * count) return std::nullopt;
  std::vector<BucketGrant> out;
  for (std::size_t i = 0; i < count; ++i) {
    const auto taken = numbers[2 * i].integer(), left = numbers[2 * i + 1].integer();
    if (!taken || !left || *taken < 0 || *left < 0) return std::nullopt;
    out.push_back({static_cast<std::uint32_t>(*taken), static_cast<std::uint32_t>(*left)});
  }
  return out;
}

RateVerdict verdict_of(const SharedLimiter::Bucket& bucket, std::uint32_t remaining, std::uint32_t wanted) {
  RateVerdict out;
  out.limit = bucket.limit.burst;
  out.remaining = remaining;
  out.policy = bucket.policy;
  out.window_s = window_of(bucket.limit);
  const auto missing =
      static_cast<std::int64_t>(bucket.limit.burst - std::min(remaining, bucket.limit.burst));
  out.reset_s = seconds_for_tokens(missing * kMicroTokens, bucket.limit.per_second);
  out.allowed = wanted == 0;
  if (!out.allowed) {
    const auto lacking = static_cast<std::int64_t>(wanted - std::min(remaining, wanted));
    out.retry_s = std::max(1u, seconds_for_tokens(lacking * kMicroTokens, bucket.limit.per_second));
  }
  return out;
}

}  // namespace

boost::asio::awaitable<std::optional<std::vector<BucketGrant>>> RedisBuckets::take(
    std::vector<BucketAsk> asks) {
  if (!client_.healthy()) co_return std::nullopt;
  auto command = command_of(asks, false);
  auto reply = co_await client_.command(std::move(command));
  if (!reply) co_return std::nullopt;
  if (reply->is_error() && reply->text().starts_with("NOSCRIPT")) {
    command = command_of(asks, true);
    reply = co_await client_.command(std::move(command));
    if (!reply) co_return std::nullopt;
  }
  co_return read_grants(*reply, asks.size());
}

SharedLimiter::Lease& SharedLimiter::lease(const std::string& key, Monotonic now) {
  if (leases_.size() >= settings_.remembered && !leases_.contains(key)) {
    std::erase_if(leases_, [&](const auto& item) { return item.second.until <= now; });
    if (leases_.size() >= settings_.remembered) leases_.clear();  // a few tokens a bucket are lost
  }
  return leases_[key];
}

bool SharedLimiter::late(Monotonic now) const {
  return now < slow_until_ || (!asked_.empty() && now - asked_.front() > settings_.wait);
}

SharedLimiter::Plan SharedLimiter::plan(const std::vector<Bucket>& buckets, std::uint32_t cost,
                                        Monotonic now) {
  Plan out;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    const auto& limit = buckets[i].limit;
    const auto price = std::min(cost, limit.burst);
    auto& known = lease(buckets[i].key, now);
    if (now >= known.until) {
      known.tokens = 0;
      known.next = 1;
    } else if (known.tokens >= price) {
      continue;
    } else {
      // Used up before its end: more at once, as long as it is a small part of a second's.
      const auto most = std::min(settings_.lease_tokens, std::max(limit.per_second / 20, 1u));
      known.next = std::min(known.next * 2, most);
    }
    out.asks.push_back({buckets[i].key, limit, price, std::max(price, known.next)});
    out.of.push_back(i);
  }
  return out;
}

RateVerdict SharedLimiter::consume(const std::vector<Bucket>& buckets, std::uint32_t cost) {
  std::optional<RateVerdict> scarcest;
  for (const auto& bucket : buckets) {
    auto& known = leases_[bucket.key];
    known.tokens -= std::min({known.tokens, cost, bucket.limit.burst});
    auto verdict = verdict_of(bucket, known.tokens + known.left, 0);
    if (!scarcest || verdict.remaining < scarcest->remaining) scarcest = verdict;
  }
  return scarcest.value_or(RateVerdict{});
}

std::optional<RateVerdict> SharedLimiter::settle(const std::vector<Bucket>& buckets, const Plan& plan,
                                                 const std::vector<BucketGrant>& grants, std::uint32_t cost,
                                                 Monotonic now) {
  std::optional<RateVerdict> refused;
  for (std::size_t i = 0; i < grants.size(); ++i) {
    const auto& bucket = buckets[plan.of[i]];
    auto& known = lease(bucket.key, now);
    known.left = grants[i].left;
    if (grants[i].taken == 0) {
      refused = verdict_of(bucket, grants[i].left, plan.asks[i].cost);
      continue;
    }
    known.tokens += grants[i].taken;
    known.until = now + settings_.lease;
  }
  return refused ? refused : consume(buckets, cost);
}

boost::asio::awaitable<std::optional<RateVerdict>> SharedLimiter::take(BucketStore& store,
                                                                       std::vector<Bucket> buckets,
                                                                       std::uint32_t cost) {
  const auto began = clock_.now();
  Plan wanted;
  {
    std::lock_guard guard(mutex_);
    wanted = plan(buckets, cost, began);
    if (wanted.asks.empty()) co_return consume(buckets, cost);
    if (late(began)) co_return std::nullopt;
    asked_.push_back(began);
  }
  auto asks = wanted.asks;
  const auto grants = co_await store.take(std::move(asks));
  const auto now = clock_.now();
  std::lock_guard guard(mutex_);
  if (!asked_.empty()) asked_.pop_front();
  if (!grants || now - began > settings_.wait) slow_until_ = now + kLeftAlone;
  if (!grants || grants->size() != wanted.asks.size()) co_return std::nullopt;
  co_return settle(buckets, wanted, *grants, cost, now);
}

}  // namespace warp::api
