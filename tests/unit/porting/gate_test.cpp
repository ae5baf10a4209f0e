#include "warp/porting/gate.h"

#include <gtest/gtest.h>

namespace warp::porting {
namespace {

using namespace std::chrono_literals;

const WallTime kNoon{std::chrono::hours(12)};

TEST(Gate, ALetterIsCurrentFromItsGroupsLastChangeOn) {
  EXPECT_EQ(loa_status(true, kNoon, std::nullopt), LoaStatus::NotRequired);
  EXPECT_EQ(loa_status(false, kNoon, std::nullopt), LoaStatus::Missing);
  EXPECT_EQ(loa_status(false, kNoon, kNoon - 1us), LoaStatus::Stale);
  EXPECT_EQ(loa_status(false, kNoon, kNoon), LoaStatus::Current);
  EXPECT_EQ(to_string(LoaStatus::Stale), "stale");
}

TEST(Gate, LettersComeFirst) {
  using enum State;
  const std::vector<State> ready{ReadyForSubmission, ReadyForSubmission};
  for (const auto loa : {LoaStatus::Missing, LoaStatus::Stale, LoaStatus::Current, LoaStatus::NotRequired}) {
    const bool holds = loa == LoaStatus::Current || loa == LoaStatus::NotRequired;
    const auto gate = judge({{"1234", 2, loa}, {"5678", 1, LoaStatus::Current}}, ready);
    EXPECT_EQ(gate.reason, holds ? "" : "loa_required");
    ASSERT_EQ(gate.unsigned_groups.size(), holds ? 0u : 1u);
    for (const auto& group : gate.unsigned_groups)
      EXPECT_EQ(group.spid, "1234");
  }
}

TEST(Gate, ThenTheNumbers) {
  using enum State;
  const std::vector<GateGroup> groups{{"1234", 1, LoaStatus::Current}};
  EXPECT_EQ(judge(groups, {}).reason, "no_numbers");
  EXPECT_EQ(judge(groups, {Draft}).reason, "not_validated");
  EXPECT_EQ(judge(groups, {Validating, ReadyForSubmission}).reason, "not_validated");
  EXPECT_EQ(judge(groups, {ValidationError, ReadyForSubmission}).reason, "validation_errors");
  EXPECT_EQ(judge(groups, {PendingFoc}).reason, "already_submitted");
  EXPECT_EQ(judge(groups, {ReadyForSubmission}).reason, "");
  EXPECT_EQ(judge(groups, {ReadyForSubmission, Cancelled}).reason, "");
}

}  // namespace
}  // namespace warp::porting
