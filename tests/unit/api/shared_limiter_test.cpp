#include "../src/api/shared_limiter.h"

#include <map>

#include <boost/asio.hpp>
#include <gtest/gtest.h>

#include "support/manual_clock.h"

namespace warp::api {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// Buckets as the script keeps them, in the time of the test.
class FakeStore final : public BucketStore {
 public:
  explicit FakeStore(test::ManualClock& clock) : clock_(clock) {}
  asio::awaitable<std::optional<std::vector<BucketGrant>>> take(std::vector<BucketAsk> asks) override {
    ++asked;
    clock_.advance(delay);
    if (away) co_return std::nullopt;
    std::vector<BucketGrant> out;
    for (const auto& ask : asks) {
      const auto found = levels.emplace(ask.key, ask.limit.burst).first;
      BucketGrant grant;
      if (found->second >= ask.cost) grant.taken = std::min(found->second, ask.want);
      found->second -= grant.taken;
      grant.left = found->second;
      out.push_back(grant);
    }
    co_return out;
  }
  int asked = 0;
  bool away = false;
  std::chrono::milliseconds delay{0};
  std::map<std::string, std::uint32_t> levels;

 private:
  test::ManualClock& clock_;
};

class SharedLimits : public ::testing::Test {
 protected:
  std::optional<RateVerdict> take(SharedLimiter& limiter, std::vector<SharedLimiter::Bucket> buckets,
                                  std::uint32_t cost = 1) {
    asio::io_context io;
    auto verdict = asio::co_spawn(io, limiter.take(store_, std::move(buckets), cost), asio::use_future);
    io.run();
    return verdict.get();
  }
  static SharedLimiter::Bucket bucket(std::string key, RateLimit limit) {
    return {std::move(key), limit, "credential"};
  }
  static SharedLimiter::Settings settings() { return {}; }
  test::ManualClock clock_;
  FakeStore store_{clock_};
};

TEST_F(SharedLimits, NodesTakeFromOneBucket) {
  SharedLimiter one(settings(), clock_), two(settings(), clock_);
  const auto limit = RateLimit{1, 4};
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(take(one, {bucket("k", limit)})->allowed);
    EXPECT_TRUE(take(two, {bucket("k", limit)})->allowed);
  }
  const auto refused = take(one, {bucket("k", limit)});
  ASSERT_TRUE(refused);
  EXPECT_FALSE(refused->allowed);
  EXPECT_EQ(refused->limit, 4u);
  EXPECT_EQ(refused->retry_s, 1u);
  EXPECT_FALSE(take(two, {bucket("k", limit)})->allowed);
}

TEST_F(SharedLimits, WhoAsksOftenAsksTheStoreSeldom) {
  SharedLimiter limiter(settings(), clock_);
  for (int i = 0; i < 200; ++i)
    EXPECT_TRUE(take(limiter, {bucket("k", {1000, 1000})})->allowed);
  EXPECT_LE(store_.asked, 30);
  EXPECT_GE(store_.asked, 20) << "never more than ten ahead";
  EXPECT_EQ(1000 - store_.levels["k"], 205u) << "1 + 2 + 4 + 8 + 10 each after";
}

TEST_F(SharedLimits, ALeaseEnds) {
  SharedLimiter limiter(settings(), clock_);
  for (int i = 0; i < 4; ++i)
    take(limiter, {bucket("k", {1000, 1000})});
  const auto asked = store_.asked;
  clock_.advance(101ms);
  take(limiter, {bucket("k", {1000, 1000})});
  EXPECT_EQ(store_.asked, asked + 1) << "what was left of it is not used";
}

TEST_F(SharedLimits, AllBucketsOrNone) {
  SharedLimiter limiter(settings(), clock_);
  const auto both = [&] {
    return take(limiter, {bucket("key", {1, 10}), SharedLimiter::Bucket{"customer", {1, 2}, "customer"}});
  };
  EXPECT_EQ(both()->policy, "customer") << "the scarcest is told";
  EXPECT_TRUE(both()->allowed);
  for (int i = 0; i < 5; ++i)
    EXPECT_FALSE(both()->allowed);
  EXPECT_GE(store_.levels["key"], 7u) << "what was refused costs the other bucket nothing but its lease";
}

TEST_F(SharedLimits, CostsCount) {
  SharedLimiter limiter(settings(), clock_);
  EXPECT_TRUE(take(limiter, {bucket("k", {1, 10})}, 6)->allowed);
  EXPECT_FALSE(take(limiter, {bucket("k", {1, 10})}, 6)->allowed);
  EXPECT_TRUE(take(limiter, {bucket("k", {1, 10})}, 4)->allowed);
  EXPECT_TRUE(take(limiter, {bucket("other", {1, 10})}, 5000)->allowed) << "costs all that it can hold";
}

TEST_F(SharedLimits, AStoreThatIsAwayOrLateIsLeftAlone) {
  SharedLimiter limiter(settings(), clock_);
  store_.away = true;
  EXPECT_FALSE(take(limiter, {bucket("k", {1, 10})}));
  EXPECT_FALSE(take(limiter, {bucket("k", {1, 10})}));
  EXPECT_EQ(store_.asked, 1);
  store_.away = false;
  clock_.advance(1001ms);
  EXPECT_TRUE(take(limiter, {bucket("k", {1, 10})}));
  store_.delay = 6ms;
  clock_.advance(200ms);
  EXPECT_TRUE(take(limiter, {bucket("k", {1, 10})})) << "this one had waited already";
  clock_.advance(200ms);
  const auto asked = store_.asked;
  EXPECT_FALSE(take(limiter, {bucket("k", {1, 10})}));
  EXPECT_EQ(store_.asked, asked);
}

}  // namespace
}  // namespace warp::api
