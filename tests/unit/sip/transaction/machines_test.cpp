// Every cell of the four tables. What is not listed must be impossible.
#include <map>

#include <gtest/gtest.h>

#include "warp/sip/transaction/invite_client.h"
#include "warp/sip/transaction/invite_server.h"
#include "warp/sip/transaction/non_invite_client.h"
#include "warp/sip/transaction/non_invite_server.h"

namespace warp::sip {
namespace {

using namespace std::chrono_literals;
using enum Action;

template <class Machine>
struct Row {
  typename Machine::State state;
  typename Machine::Event event;
  typename Machine::State next;
  Action actions = None;
  Timer retransmission = Timer::None, deadline = Timer::None;
};

template <class Machine>
void follow(const std::vector<Row<Machine>>& rows) {
  std::map<std::pair<std::size_t, std::size_t>, const Row<Machine>*> listed;
  for (const auto& row : rows)
    EXPECT_TRUE(
        listed
            .emplace(std::pair(static_cast<std::size_t>(row.state), static_cast<std::size_t>(row.event)),
                     &row)
            .second);
  for (std::size_t s = 0; s < Machine::kStates; ++s)
    for (std::size_t e = 0; e < Machine::kEvents; ++e) {
      SCOPED_TRACE("state " + std::to_string(s) + ", event " + std::to_string(e));
      const auto state = static_cast<typename Machine::State>(s);
      const auto step = Machine::step(state, static_cast<typename Machine::Event>(e));
      const auto found = listed.find({s, e});
      EXPECT_EQ(step.possible, found != listed.end());
      if (found == listed.end()) {
        EXPECT_EQ(step.next, state);
        EXPECT_EQ(step.actions, None);
        continue;
      }
      const auto& row = *found->second;
      EXPECT_EQ(step.next, row.next);
      EXPECT_EQ(step.actions, row.actions);
      EXPECT_EQ(step.retransmission, row.retransmission);
      EXPECT_EQ(step.deadline, row.deadline);
    }
}

TEST(InviteClientMachine, FollowsRfc3261AndRfc6026) {
  using S = InviteClient::State;
  using E = InviteClient::Event;
  follow<InviteClient>({
      {S::Calling, E::Provisional, S::Proceeding, ToUser | StopRetransmissions, {}, Timer::C},
      {S::Calling, E::Success, S::Accepted, ToUser | StopRetransmissions, {}, Timer::M},
      {S::Calling, E::Failure, S::Completed, SendAck | ToUser | StopRetransmissions, {}, Timer::D},
      {S::Calling, E::Cancel, S::Calling},
      {S::Calling, E::TransportError, S::Terminated, ReportTransportError},
      {S::Calling, E::TimerA, S::Calling, Send, Timer::A},
      {S::Calling, E::TimerB, S::Terminated, ReportTimeout},
      {S::Proceeding, E::Provisional, S::Proceeding, ToUser},
      {S::Proceeding, E::Success, S::Accepted, ToUser, {}, Timer::M},
      {S::Proceeding, E::Failure, S::Completed, SendAck | ToUser, {}, Timer::D},
      {S::Proceeding, E::Cancel, S::Proceeding, SendCancel, {}, Timer::B},
      {S::Proceeding, E::TransportError, S::Proceeding},
      {S::Proceeding, E::TimerB, S::Terminated, ReportTimeout},
      {S::Proceeding, E::TimerC, S::Proceeding, SendCancel | ReportTimeout, {}, Timer::B},
      {S::Completed, E::Provisional, S::Completed},
      {S::Completed, E::Success, S::Completed, ToUserAsStray},
      {S::Completed, E::Failure, S::Completed, SendAck},
      {S::Completed, E::Cancel, S::Completed},
      {S::Completed, E::TransportError, S::Completed},
      {S::Completed, E::TimerD, S::Terminated},
      {S::Accepted, E::Provisional, S::Accepted},
      {S::Accepted, E::Success, S::Accepted, ToUser},
      {S::Accepted, E::Failure, S::Accepted},
      {S::Accepted, E::Cancel, S::Accepted},
      {S::Accepted, E::TransportError, S::Accepted},
      {S::Accepted, E::TimerM, S::Terminated},
  });
}

TEST(InviteServerMachine, FollowsRfc3261AndRfc6026) {
  using S = InviteServer::State;
  using E = InviteServer::Event;
  follow<InviteServer>({
      {S::Proceeding, E::Invite, S::Proceeding, Send},
      {S::Proceeding, E::Ack, S::Proceeding},
      {S::Proceeding, E::Provisional, S::Proceeding, Send},
      {S::Proceeding, E::Success, S::Accepted, Send, {}, Timer::L},
      {S::Proceeding, E::Failure, S::Completed, Send, Timer::G, Timer::H},
      {S::Completed, E::Invite, S::Completed, Send},
      {S::Completed, E::Ack, S::Confirmed, StopRetransmissions, {}, Timer::I},
      {S::Completed, E::TimerG, S::Completed, Send, Timer::G},
      {S::Completed, E::TimerH, S::Terminated},
      {S::Confirmed, E::Invite, S::Confirmed},
      {S::Confirmed, E::Ack, S::Confirmed},
      {S::Confirmed, E::TimerI, S::Terminated},
      {S::Accepted, E::Invite, S::Accepted},
      {S::Accepted, E::Ack, S::Accepted, ToUser},
      {S::Accepted, E::TimerL, S::Terminated},
  });
}

TEST(NonInviteClientMachine, FollowsRfc3261) {
  using S = NonInviteClient::State;
  using E = NonInviteClient::Event;
  follow<NonInviteClient>({
      {S::Trying, E::Provisional, S::Proceeding, ToUser},
      {S::Trying, E::Final, S::Completed, ToUser | StopRetransmissions, {}, Timer::K},
      {S::Trying, E::TransportError, S::Terminated, ReportTransportError},
      {S::Trying, E::TimerE, S::Trying, Send, Timer::E},
      {S::Trying, E::TimerF, S::Terminated, ReportTimeout},
      {S::Proceeding, E::Provisional, S::Proceeding, ToUser},
      {S::Proceeding, E::Final, S::Completed, ToUser | StopRetransmissions, {}, Timer::K},
      {S::Proceeding, E::TransportError, S::Terminated, ReportTransportError},
      {S::Proceeding, E::TimerE, S::Proceeding, Send | RepeatAtT2, Timer::E},
      {S::Proceeding, E::TimerF, S::Terminated, ReportTimeout},
      {S::Completed, E::Provisional, S::Completed},
      {S::Completed, E::Final, S::Completed},
      {S::Completed, E::TransportError, S::Completed},
      {S::Completed, E::TimerK, S::Terminated},
  });
}

TEST(NonInviteServerMachine, FollowsRfc3261) {
  using S = NonInviteServer::State;
  using E = NonInviteServer::Event;
  follow<NonInviteServer>({
      {S::Trying, E::Request, S::Trying},
      {S::Trying, E::Provisional, S::Proceeding, Send},
      {S::Trying, E::Final, S::Completed, Send, {}, Timer::J},
      {S::Trying, E::TimerJ, S::Terminated},
      {S::Proceeding, E::Request, S::Proceeding, Send},
      {S::Proceeding, E::Provisional, S::Proceeding, Send},
      {S::Proceeding, E::Final, S::Completed, Send, {}, Timer::J},
      {S::Proceeding, E::TimerJ, S::Terminated},
      {S::Completed, E::Request, S::Completed, Send},
      {S::Completed, E::TimerJ, S::Terminated},
  });
}

TEST(TimerDurations, AreTable4OfRfc3261) {
  const TransactionTimers t;
  EXPECT_EQ(duration_of(Timer::A, 0, t), 500ms);
  EXPECT_EQ(duration_of(Timer::A, 5, t), 16s);
  EXPECT_EQ(duration_of(Timer::E, 2, t), 2s);
  EXPECT_EQ(duration_of(Timer::E, 3, t), 4s);
  EXPECT_EQ(duration_of(Timer::G, 200, t), 4s);
  for (const auto timer : {Timer::B, Timer::D, Timer::F, Timer::H, Timer::J, Timer::L, Timer::M})
    EXPECT_EQ(duration_of(timer, 0, t), 32s);
  EXPECT_EQ(duration_of(Timer::I, 0, t), 5s);
  EXPECT_EQ(duration_of(Timer::K, 0, t), 5s);
  EXPECT_EQ(duration_of(Timer::C, 0, t), 180s);
}

}  // namespace
}  // namespace warp::sip
