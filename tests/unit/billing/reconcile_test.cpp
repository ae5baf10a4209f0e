#include "warp/billing/reconcile.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

namespace warp::billing {
namespace {

using namespace std::chrono_literals;

RecordId record(unsigned number) {
  RecordId id;
  id.value.bytes[14] = static_cast<std::uint8_t>(number >> 8);
  id.value.bytes[15] = static_cast<std::uint8_t>(number);
  return id;
}

OurCall our(unsigned number, std::chrono::seconds at, const char* dni, std::int64_t seconds,
            std::int64_t nanos) {
  return {record(number), WallTime(at), dni, seconds, Money::from_nanos(nanos)};
}
VendorCall their(std::int64_t line, std::chrono::seconds at, const char* dni, std::int64_t seconds,
                 std::int64_t nanos) {
  return {line, WallTime(at), "", dni, seconds, Money::from_nanos(nanos)};
}

TEST(Reconcile, EachVerdict) {
  const std::vector<OurCall> ours{our(1, 100s, "1", 60, 1'000), our(2, 500s, "1", 60, 1'000),
                                  our(3, 100s, "2", 60, 1'000), our(4, 100s, "3", 60, 1'000),
                                  our(5, 900s, "9", 60, 700)};
  const std::vector<VendorCall> theirs{their(2, 101s, "1", 60, 1'000), their(3, 101s, "1", 60, 1'000),
                                       their(4, 505s, "1", 61, 1'000), their(5, 90s, "2", 90, 1'500),
                                       their(6, 100s, "3", 60, 1'400), their(7, 100s, "4", 60, 1'000)};
  const auto out = reconcile(ours, theirs, Tolerance());
  ASSERT_TRUE(out);
  const std::vector<Verdict> wanted{Verdict::Matched,  Verdict::Twice, Verdict::Matched,
                                    Verdict::Duration, Verdict::Rate,  Verdict::NotOurs};
  for (std::size_t i = 0; i < wanted.size(); ++i)
    EXPECT_EQ(out->judged[i].verdict, wanted[i]) << to_string(out->judged[i].verdict) << " in line " << i + 2;
  EXPECT_EQ(out->judged[1].record, record(1));
  EXPECT_FALSE(out->judged[5].record);
  EXPECT_EQ(out->missing, std::vector<RecordId>{record(5)});
  EXPECT_EQ(out->missing_cost.nanos(), 700);
  EXPECT_EQ(out->claimed.nanos(), 6'900);
  EXPECT_EQ(out->expected.nanos(), 4'700);
  EXPECT_EQ(out->disputed.nanos(), 1'000 + 500 + 400 + 1'000);
}

TEST(Reconcile, TheNearestInTimeArePaired) {
  const std::vector<OurCall> ours{our(1, 100s, "1", 10, 5), our(2, 120s, "1", 20, 5)};
  const std::vector<VendorCall> theirs{their(2, 118s, "1", 20, 5), their(3, 112s, "1", 10, 5)};
  const auto out = reconcile(ours, theirs, Tolerance());
  EXPECT_EQ(out->judged[0].record, record(2));
  EXPECT_EQ(out->judged[1].record, record(1));
  EXPECT_EQ(out->count.matched, 2u);
}

TEST(Reconcile, TolerancesAreTheirOwnEdge) {
  Tolerance tolerance{10s, 2, 100'000'000};
  const auto verdict = [&](std::chrono::seconds at, std::int64_t seconds, std::int64_t nanos) {
    return reconcile({our(1, 100s, "1", 60, 1'000)}, {their(2, at, "1", seconds, nanos)}, tolerance)
        ->judged[0]
        .verdict;
  };
  EXPECT_EQ(verdict(110s, 62, 1'100), Verdict::Matched);
  EXPECT_EQ(verdict(90s, 58, 900), Verdict::Matched);
  EXPECT_EQ(verdict(111s, 60, 1'000), Verdict::NotOurs);
  EXPECT_EQ(verdict(100s, 63, 1'000), Verdict::Duration);
  EXPECT_EQ(verdict(100s, 60, 1'101), Verdict::Rate);
}

// A random month with planted faults: as many are found as were planted, and none beside them.
TEST(Reconcile, FindsWhatWasPlanted) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::vector<OurCall> ours;
  std::vector<VendorCall> theirs;
  Reconciliation::Count planted;
  std::size_t missing = 0;
  for (unsigned i = 0; i < 3'000; ++i) {
    // Calls to one number are further apart than clocks are.
    const auto at = std::chrono::seconds(i / 50 * 100);
    const auto dni = std::to_string(1'000 + i % 50);
    ours.push_back(our(i, at, dni.c_str(), 60, 1'000));
    auto call = their(i + 2, at + std::chrono::seconds(random() % 20), dni.c_str(), 60, 1'000);
    switch (random() % 12) {
      case 0:
        ++missing;
        continue;
      case 1:
        ++planted.twice, ++planted.matched;
        theirs.push_back(call);
        break;
      case 2:
        ++planted.rate;
        call.amount = Money::from_nanos(1'001);
        break;
      case 3:
        ++planted.duration;
        call.seconds = 66;
        break;
      case 4:
        ++planted.not_ours, ++missing;
        call.dni = "7";
        call.started_at += std::chrono::hours(i);
        break;
      default:
        ++planted.matched;
    }
    theirs.push_back(call);
  }
  std::shuffle(theirs.begin(), theirs.end(), random);
  const auto out = reconcile(ours, theirs, Tolerance());
  ASSERT_TRUE(out);
  EXPECT_EQ(out->count.matched, planted.matched);
  EXPECT_EQ(out->count.twice, planted.twice);
  EXPECT_EQ(out->count.rate, planted.rate);
  EXPECT_EQ(out->count.duration, planted.duration);
  EXPECT_EQ(out->count.not_ours, planted.not_ours);
  EXPECT_EQ(out->missing.size(), missing);
}

}  // namespace
}  // namespace warp::billing
