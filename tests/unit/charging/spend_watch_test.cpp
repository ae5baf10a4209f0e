// Limits of spending: what counts, what is refused, what others know.
#include "warp/charging/spend_watch.h"

#include <gtest/gtest.h>

#include "unit/charging/charging_bench.h"

namespace warp::charging {
namespace {

using domain::Reason;
using std::chrono::hours;
using std::chrono::seconds;

class Watch : public ::testing::Test, protected test::ChargingBench {
 protected:
  domain::SpendLimit& limit(std::string window, std::string action) {
    auto& made = limits.emplace_back();
    made.id = Uuid{{static_cast<std::uint8_t>(limits.size())}};
    made.window = std::move(window);
    made.action = std::move(action);
    return made;
  }
  SpendWatch::Verdict admit() { return watch.admit(limits, request(), accounts); }
  void ended(std::int64_t charged, seconds lasted) {
    auto made = record();
    made.duration_us = static_cast<std::uint64_t>(lasted.count()) * 1'000'000;
    watch.ended(limits, made, Money::from_nanos(charged), accounts);
  }

  std::vector<domain::SpendLimit> limits;
};

TEST_F(Watch, WindowsBeginInUtc) {
  const WallTime at =
      std::chrono::sys_days(std::chrono::year(2026) / 3 / 17) + hours(13) + std::chrono::minutes(37);
  EXPECT_EQ(SpendWatch::since("hour", at),
            std::chrono::sys_days(std::chrono::year(2026) / 3 / 17) + hours(13));
  EXPECT_EQ(SpendWatch::since("day", at), WallTime(std::chrono::sys_days(std::chrono::year(2026) / 3 / 17)));
  EXPECT_EQ(SpendWatch::since("month", at), WallTime(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)));
}

TEST_F(Watch, BlocksTheCallAfterTheLast) {
  limit("hour", "BLOCK").count = 2;
  EXPECT_EQ(admit().refusal, Reason::NormalClearing);
  EXPECT_EQ(admit().refusal, Reason::NormalClearing);
  const auto third = admit();
  EXPECT_EQ(third.refusal, Reason::SpendLimitReached);
  EXPECT_NE(third.note.find(limits[0].id.to_string()), std::string::npos);
  const auto alarms = watch.alarms();
  ASSERT_EQ(alarms.size(), 1u);
  EXPECT_EQ(alarms[0].used.calls, 2);
  EXPECT_EQ(admit().refusal, Reason::SpendLimitReached);
  EXPECT_TRUE(watch.alarms().empty()) << "once a window";
  clock.advance(hours(1));
  EXPECT_EQ(admit().refusal, Reason::NormalClearing);
}

TEST_F(Watch, CountsMoneyAndSecondsAtTheEnd) {
  limit("day", "BLOCK").amount = Money::from_nanos(100);
  limit("day", "BLOCK").seconds = 60;
  ended(99, seconds(30));
  EXPECT_EQ(admit().refusal, Reason::NormalClearing);
  ended(1, seconds(1));
  EXPECT_EQ(admit().note.find(limits[1].id.to_string()), std::string::npos);
  EXPECT_EQ(admit().refusal, Reason::SpendLimitReached);
  limits.erase(limits.begin());
  EXPECT_EQ(admit().refusal, Reason::NormalClearing);
  ended(0, seconds(29));
  EXPECT_EQ(admit().refusal, Reason::SpendLimitReached);
}

TEST_F(Watch, HoldsForItsPrefixTrunkAndHours) {
  auto& made = limit("hour", "BLOCK");
  made.count = 1;
  made.match = "4479";
  EXPECT_EQ(admit().refusal, Reason::NormalClearing);
  EXPECT_EQ(admit().refusal, Reason::NormalClearing) << "another prefix";
  limits[0].match = "4420";
  limits[0].scope = TrunkId{Uuid{{3}}}.to_string();
  EXPECT_EQ(admit().refusal, Reason::NormalClearing);
  EXPECT_EQ(admit().refusal, Reason::NormalClearing) << "another trunk";
  limits[0].scope.clear();
  limits[0].schedule = 7;
  EXPECT_EQ(admit().refusal, Reason::NormalClearing);
  EXPECT_EQ(admit().refusal, Reason::NormalClearing) << "not at this hour";
  accounts.open_one = 7;
  EXPECT_EQ(admit().refusal, Reason::NormalClearing);
  EXPECT_EQ(admit().refusal, Reason::SpendLimitReached);
}

TEST_F(Watch, AnAlarmRefusesNobody) {
  limit("hour", "ALARM").count = 1;
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(admit().refusal, Reason::NormalClearing);
  EXPECT_EQ(watch.alarms().size(), 1u);
}

TEST_F(Watch, AThrottleLetsSomePassEachSecond) {
  auto& made = limit("hour", "THROTTLE");
  made.count = 1;
  made.throttle_cps = 2;
  EXPECT_EQ(admit().refusal, Reason::NormalClearing);
  EXPECT_EQ(admit().refusal, Reason::NormalClearing);
  EXPECT_EQ(admit().refusal, Reason::NormalClearing);
  EXPECT_EQ(admit().refusal, Reason::SpendLimitReached);
  clock.advance(seconds(1));
  EXPECT_EQ(admit().refusal, Reason::NormalClearing);
}

TEST_F(Watch, SuddenVolumeIsMeasuredByTheUsualHour) {
  auto& made = limit("hour", "BLOCK");
  made.factor_e2 = 300;
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(admit().refusal, Reason::NormalClearing) << "nobody knows what is usual";
  clock.advance(hours(1));
  EXPECT_EQ(admit().refusal, Reason::NormalClearing);
  watch.expect(limits[0].id, 10);
  for (int i = 1; i < 30; ++i)
    EXPECT_EQ(admit().refusal, Reason::NormalClearing) << i;
  EXPECT_EQ(admit().refusal, Reason::FraudSuspected);
  clock.advance(hours(1));
  EXPECT_EQ(admit().refusal, Reason::NormalClearing);
  watch.expect(limits[0].id, 0);
  for (int i = 1; i < SpendWatch::kFewCalls; ++i)
    EXPECT_EQ(admit().refusal, Reason::NormalClearing) << "a few calls are never sudden";
  EXPECT_EQ(admit().refusal, Reason::FraudSuspected);
}

TEST_F(Watch, ALimitACallEndsItsCover) {
  limit("call", "BLOCK").seconds = 90;
  limit("call", "BLOCK").amount = Money::from_nanos(30 * test::kSecond);
  EXPECT_EQ(watch.longest(limits, request(), {1'000'000'000'000, 9}, hours(1), accounts), seconds(30));
  limits.pop_back();
  EXPECT_EQ(watch.longest(limits, request(), {1'000'000'000'000, 9}, hours(1), accounts), seconds(90));
  limits[0].action = "ALARM";
  EXPECT_EQ(watch.longest(limits, request(), {1'000'000'000'000, 9}, hours(1), accounts), hours(1));
  ended(1, seconds(91));
  EXPECT_EQ(watch.alarms().size(), 1u);
}

TEST_F(Watch, TheHoldOfALimitedCallCannotGrow) {
  limit("call", "BLOCK").seconds = 30;
  accounts.known.limits = limits;
  bank.ledger.balance = Money::kNanosPerUnit;
  const auto hold = verdict_of(reserve(request())).hold;
  EXPECT_EQ(hold.covered, seconds(30));
  EXPECT_EQ(extend(request(), hold)->refusal, Reason::SpendLimitReached);
  accounts.known.unlimited = true;
  const auto unheld = reserve(request());
  ASSERT_TRUE(unheld);
  EXPECT_FALSE(unheld->hold.unlimited);
  EXPECT_EQ(unheld->hold.covered, seconds(30));
  EXPECT_TRUE(unheld->hold.made());
}

TEST_F(Watch, NodesAddUpWhatTheyUsed) {
  limit("day", "BLOCK").count = 10;
  for (int i = 0; i < 3; ++i)
    admit();
  const auto first = watch.shares(clock.wall());
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].more.calls, 3);
  admit();
  EXPECT_TRUE(watch.shares(clock.wall()).empty()) << "one at a time";
  watch.told(first[0], {9, 0, 0});
  EXPECT_EQ(admit().refusal, Reason::SpendLimitReached) << "nine and the one since then";
  const auto second = watch.shares(clock.wall());
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].more.calls, 1);
  watch.failed(second[0]);
  const auto third = watch.shares(clock.wall());
  ASSERT_EQ(third.size(), 1u);
  EXPECT_EQ(third[0].more.calls, 1) << "it was not told";
}

TEST_F(Watch, BeginsWithWhatTheDayHasSeen) {
  limit("day", "BLOCK").count = 10;
  watch.seed(limits[0].id, "day", clock.wall(), {10, 0, 0});
  EXPECT_EQ(admit().refusal, Reason::SpendLimitReached);
  clock.advance(hours(24));
  EXPECT_EQ(admit().refusal, Reason::NormalClearing);
}

}  // namespace
}  // namespace warp::charging
