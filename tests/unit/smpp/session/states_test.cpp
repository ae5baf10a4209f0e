#include "warp/smpp/session/states.h"

#include <gtest/gtest.h>

namespace warp::smpp {
namespace {

using S = SessionState;
using C = CommandId;

constexpr auto server(S state, C command) {
  return verdict(Role::Smsc, state, command);
}
constexpr auto client(S state, C command) {
  return verdict(Role::Esme, state, command);
}

static_assert(server(S::Open, C::BindTransceiver) == Verdict::Take);
static_assert(server(S::BoundTx, C::BindTransceiver) == Verdict::AlreadyBound);
static_assert(server(S::Open, C::SubmitSm) == Verdict::WrongState);
static_assert(server(S::BoundRx, C::SubmitSm) == Verdict::WrongState);
static_assert(server(S::BoundRx, C::DataSm) == Verdict::WrongState);
static_assert(server(S::BoundTx, C::DeliverSm) == Verdict::Refuse);
static_assert(client(S::BoundTx, C::DeliverSm) == Verdict::WrongState);
static_assert(client(S::BoundRx, C::DeliverSm) == Verdict::Take);
static_assert(client(S::BoundTrx, C::SubmitSm) == Verdict::Refuse);
static_assert(may_send(Role::Smsc, S::BoundRx, C::DeliverSm));
static_assert(!may_send(Role::Smsc, S::BoundTx, C::DeliverSm));
static_assert(may_send(Role::Esme, S::BoundTx, C::QuerySm));

TEST(States, SubmittingNeedsATransmitter) {
  for (const auto command : {C::SubmitSm, C::SubmitMulti, C::QuerySm, C::CancelSm, C::ReplaceSm, C::DataSm}) {
    for (std::size_t i = 0; i < kSessionStates; ++i) {
      const auto state = static_cast<S>(i);
      const bool takes = server(state, command) == Verdict::Take;
      EXPECT_EQ(takes, state == S::BoundTx || state == S::BoundTrx) << to_string(command) << to_string(state);
    }
  }
}

TEST(States, EnquireLinkIsTakenWhereverThereIsALink) {
  for (std::size_t i = 0; i < kSessionStates; ++i) {
    const auto state = static_cast<S>(i);
    const bool linked = state != S::Connecting && state != S::Closed;
    EXPECT_EQ(server(state, C::EnquireLink) == Verdict::Take, linked) << to_string(state);
    EXPECT_EQ(client(state, C::EnquireLink) == Verdict::Take, linked) << to_string(state);
  }
}

TEST(States, NobodySendsWhenUnbound) {
  for (const auto state : {S::Connecting, S::Open, S::Binding, S::Unbound, S::Closed}) {
    EXPECT_FALSE(may_send(Role::Smsc, state, C::DeliverSm)) << to_string(state);
    EXPECT_FALSE(may_send(Role::Esme, state, C::SubmitSm)) << to_string(state);
  }
}

}  // namespace
}  // namespace warp::smpp
