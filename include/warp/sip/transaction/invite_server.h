// INVITE server transaction: RFC 3261 §17.2.1 as RFC 6026 §8.5 changes it. In at Proceeding with
// the request given to the user and 100 Trying sent.
//
// A response that cannot be sent changes nothing here (RFC 6026 §7.1): timers and the client's
// retransmissions try again, and end it.
#pragma once

#include "warp/sip/transaction/machine.h"

namespace warp::sip {

struct InviteServer {
  enum class State : std::uint8_t { Proceeding, Completed, Confirmed, Accepted, Terminated };
  static constexpr std::size_t kStates = 5;
  enum class Event : std::uint8_t {
    Invite,       // retransmitted
    Ack,          // of this transaction's branch
    Provisional,  // from the user, as the next two
    Success,
    Failure,
    TimerG,
    TimerH,
    TimerI,
    TimerL
  };
  static constexpr std::size_t kEvents = 9;

  static constexpr Step<State> step(State state, Event event);
  static constexpr Event event_of(Timer timer) {
    return timer == Timer::G   ? Event::TimerG
           : timer == Timer::H ? Event::TimerH
           : timer == Timer::I ? Event::TimerI
                               : Event::TimerL;
  }
};

namespace detail {

constexpr auto kInviteServer = [] {
  using enum Action;
  using S = InviteServer::State;
  using E = InviteServer::Event;
  Table<InviteServer> t;

  t.at(S::Proceeding, E::Invite) = {S::Proceeding, Send};
  t.ignore(S::Proceeding, E::Ack);
  t.at(S::Proceeding, E::Provisional) = {S::Proceeding, Send};
  t.at(S::Proceeding, E::Success) = {S::Accepted, Send, {}, Timer::L};
  t.at(S::Proceeding, E::Failure) = {S::Completed, Send, Timer::G, Timer::H};

  t.at(S::Completed, E::Invite) = {S::Completed, Send};
  t.at(S::Completed, E::Ack) = {S::Confirmed, StopRetransmissions, {}, Timer::I};
  t.at(S::Completed, E::TimerG) = {S::Completed, Send, Timer::G};
  t.at(S::Completed, E::TimerH) = {S::Terminated};

  t.ignore(S::Confirmed, E::Invite);
  t.ignore(S::Confirmed, E::Ack);
  t.at(S::Confirmed, E::TimerI) = {S::Terminated};

  t.ignore(S::Accepted, E::Invite);                   // the user retransmits the 2xx
  t.at(S::Accepted, E::Ack) = {S::Accepted, ToUser};  // RFC 2543 clients keep the branch
  t.at(S::Accepted, E::TimerL) = {S::Terminated};
  return t;
}();

}  // namespace detail

constexpr Step<InviteServer::State> InviteServer::step(State state, Event event) {
  return detail::kInviteServer.at(state, event);
}

}  // namespace warp::sip
