#include "warp/porting/life.h"

#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace warp::porting {
namespace {

using enum State;

// What each state can be led to, by the name of the event; everything else is refused.
const std::map<State, std::map<Event, State>> kAllowed = [] {
  std::map<State, std::map<Event, State>> out{
      {Draft, {{Event::Validate, Validating}}},
      {ValidationError, {{Event::Validate, Validating}}},
      {Validating,
       {{Event::Validate, Validating},
        {Event::Valid, ReadyForSubmission},
        {Event::Invalid, ValidationError}}},
      {ReadyForSubmission,
       {{Event::Validate, Validating},
        {Event::Submit, PendingFoc},
        {Event::Done, Activated},
        {Event::Fail, Failed}}},
      {Activating, {{Event::Done, Activated}, {Event::Fail, Failed}}},
      {Failed, {{Event::Resubmit, PendingFoc}}},
      {IntraspPending, {{Event::Done, Activated}}},
      {FocReceived, {{Event::Await, AwaitingDueDate}, {Event::DueDate, ReadyForActivation}}},
      {AwaitingDueDate, {{Event::DueDate, ReadyForActivation}}},
      {ReadyForActivation, {{Event::Activate, Activating}}},
      {CsrMismatch, {{Event::Resubmit, PendingFoc}}},
      {PortConflict, {{Event::Resubmit, PendingFoc}}},
      {PortException, {{Event::Resubmit, PendingFoc}}},
  };
  for (const auto state : {LsrPending, LsrSubmitted, CsrPending, CsrApproved, PendingFoc, SupplementRequested,
                           PortConflict, PortException})
    out[state][Event::Confirm] = FocReceived;
  for (const auto state :
       {LsrPending, LsrSubmitted, CsrPending, CsrApproved, CsrMismatch, PendingFoc, SupplementRequested,
        FocReceived, PortConflict, PortException, AwaitingDueDate, ReadyForActivation})
    out[state][Event::Supplement] = SupplementRequested;
  for (const auto state : {LsrPending, LsrSubmitted, CsrPending, CsrApproved, CsrMismatch, PendingFoc,
                           SupplementRequested, FocReceived, PortConflict, PortException, AwaitingDueDate,
                           ReadyForActivation, IntraspPending, IntraspTimeout}) {
    out[state][Event::Cancel] = Cancelled;
    out[state][Event::Dispute] = PortConflict;
    out[state][Event::Mismatch] = CsrMismatch;
    out[state][Event::Break] = PortException;
    out[state][Event::Fail] = Failed;
  }
  return out;
}();

TEST(Life, EveryStateTakesItsEventsAndNoOthers) {
  for (std::size_t i = 0; i < kStates; ++i)
    for (std::size_t j = 0; j < kEvents; ++j) {
      const auto state = static_cast<State>(i);
      const auto event = static_cast<Event>(j);
      const auto row = kAllowed.find(state);
      const bool allowed = row != kAllowed.end() && row->second.contains(event);
      const auto made = step(state, event);
      ASSERT_EQ(made.has_value(), allowed) << to_string(state) << " " << to_string(event);
      if (made) {
        EXPECT_EQ(made->state, row->second.at(event)) << to_string(state) << " " << to_string(event);
      }
    }
}

TEST(Life, NamesAreDistinctAndReadBack) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < kStates; ++i) {
    const auto state = static_cast<State>(i);
    names.emplace(to_string(state));
    EXPECT_EQ(parse_state(to_string(state)), state);
    EXPECT_FALSE(display(state).empty());
  }
  EXPECT_EQ(names.size(), kStates);
  EXPECT_FALSE(parse_state("SOMEWHERE"));
}

TEST(Life, OnlyWhatIsActivatedEntersTheInventory) {
  for (std::size_t i = 0; i < kStates; ++i)
    for (std::size_t j = 0; j < kEvents; ++j)
      if (const auto made = step(static_cast<State>(i), static_cast<Event>(j))) {
        EXPECT_EQ((made->actions & kEnterInventory) != 0, made->state == Activated);
      }
}

TEST(Life, AStateIsOneOfBeforePendingAndFinal) {
  for (const auto state :
       {Draft, Validating, ReadyForSubmission, PendingFoc, Activating, Activated, Cancelled})
    EXPECT_EQ(before_submission(state) + is_pending(state) + is_final(state), 1) << to_string(state);
}

TEST(Life, TheUsualPathLeadsToTheEnd) {
  auto state = Draft;
  for (const auto event : {Event::Validate, Event::Valid, Event::Submit, Event::Confirm, Event::Await,
                           Event::DueDate, Event::Activate, Event::Done}) {
    const auto made = step(state, event);
    ASSERT_TRUE(made) << to_string(state) << " " << to_string(event);
    state = made->state;
  }
  EXPECT_EQ(state, Activated);
}

}  // namespace
}  // namespace warp::porting
