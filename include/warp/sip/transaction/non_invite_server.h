// Non-INVITE server transaction: RFC 3261 §17.2.2. In at Trying with the request given to the user.
//
// Beyond the RFC: a timer of J's length over UDP runs from the start, for by then the client has given up
// (RFC 4320): a user that never answers leaves nothing behind.
#pragma once

#include "warp/sip/transaction/machine.h"

namespace warp::sip {

struct NonInviteServer {
  enum class State : std::uint8_t { Trying, Proceeding, Completed, Terminated };
  static constexpr std::size_t kStates = 4;
  enum class Event : std::uint8_t {
    Request,      // retransmitted
    Provisional,  // from the user, as the next
    Final,
    TimerJ
  };
  static constexpr std::size_t kEvents = 4;

  static constexpr Step<State> step(State state, Event event);
  static constexpr Event event_of(Timer) { return Event::TimerJ; }
};

namespace detail {

constexpr auto kNonInviteServer = [] {
  using enum Action;
  using S = NonInviteServer::State;
  using E = NonInviteServer::Event;
  Table<NonInviteServer> t;

  t.ignore(S::Trying, E::Request);
  t.at(S::Trying, E::Provisional) = {S::Proceeding, Send};
  t.at(S::Trying, E::Final) = {S::Completed, Send, {}, Timer::J};
  t.at(S::Trying, E::TimerJ) = {S::Terminated};

  t.at(S::Proceeding, E::Request) = {S::Proceeding, Send};
  t.at(S::Proceeding, E::Provisional) = {S::Proceeding, Send};
  t.at(S::Proceeding, E::Final) = {S::Completed, Send, {}, Timer::J};
  t.at(S::Proceeding, E::TimerJ) = {S::Terminated};

  t.at(S::Completed, E::Request) = {S::Completed, Send};
  t.at(S::Completed, E::TimerJ) = {S::Terminated};
  return t;
}();

}  // namespace detail

constexpr Step<NonInviteServer::State> NonInviteServer::step(State state, Event event) {
  return detail::kNonInviteServer.at(state, event);
}

}  // namespace warp::sip
