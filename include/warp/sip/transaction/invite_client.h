// INVITE client transaction: RFC 3261 §17.1.1 as RFC 6026 §8.4 changes it. In at Calling with the
// request sent and timers A (not over streams) and B running.
//
// A connection that is lost while Proceeding ends nothing: the answer comes by another one (§18.2.2), and
// timer C bounds the wait.
//
// Beyond the RFCs: Timer C (a proxy's, §16.6) runs in Proceeding, so that nobody rings for ever: it cancels,
// reports the time-out and gives the far end 64*T1 (Timer B again) to end the transaction, as does a CANCEL
// that the user asks for (§9.1).
#pragma once

#include "warp/sip/transaction/machine.h"

namespace warp::sip {

struct InviteClient {
  enum class State : std::uint8_t { Calling, Proceeding, Completed, Accepted, Terminated };
  static constexpr std::size_t kStates = 5;
  enum class Event : std::uint8_t {
    Provisional,     // 1xx
    Success,         // 2xx
    Failure,         // 300-699
    Cancel,          // the user's wish
    TransportError,  // the request could not be sent, or its connection is lost
    TimerA,
    TimerB,
    TimerC,
    TimerD,
    TimerM
  };
  static constexpr std::size_t kEvents = 10;

  static constexpr Step<State> step(State state, Event event);
  static constexpr Event event_of(Timer timer) {
    return timer == Timer::A   ? Event::TimerA
           : timer == Timer::B ? Event::TimerB
           : timer == Timer::C ? Event::TimerC
           : timer == Timer::D ? Event::TimerD
           : timer == Timer::M ? Event::TimerM
                               : Event::TransportError;
  }
};

namespace detail {

constexpr auto kInviteClient = [] {
  using enum Action;
  using S = InviteClient::State;
  using E = InviteClient::Event;
  Table<InviteClient> t;

  t.at(S::Calling, E::Provisional) = {S::Proceeding, ToUser | StopRetransmissions, {}, Timer::C};
  t.at(S::Calling, E::Success) = {S::Accepted, ToUser | StopRetransmissions, {}, Timer::M};
  t.at(S::Calling, E::Failure) = {S::Completed, SendAck | ToUser | StopRetransmissions, {}, Timer::D};
  t.ignore(S::Calling, E::Cancel);  // held back by the runner until a provisional answer came
  t.at(S::Calling, E::TransportError) = {S::Terminated, ReportTransportError};
  t.at(S::Calling, E::TimerA) = {S::Calling, Send, Timer::A};
  t.at(S::Calling, E::TimerB) = {S::Terminated, ReportTimeout};

  t.at(S::Proceeding, E::Provisional) = {S::Proceeding, ToUser};
  t.at(S::Proceeding, E::Success) = {S::Accepted, ToUser, {}, Timer::M};
  t.at(S::Proceeding, E::Failure) = {S::Completed, SendAck | ToUser, {}, Timer::D};
  t.at(S::Proceeding, E::Cancel) = {S::Proceeding, SendCancel, {}, Timer::B};
  t.ignore(S::Proceeding, E::TransportError);
  t.at(S::Proceeding, E::TimerB) = {S::Terminated, ReportTimeout};
  t.at(S::Proceeding, E::TimerC) = {S::Proceeding, SendCancel | ReportTimeout, {}, Timer::B};

  t.ignore(S::Completed, E::Provisional);
  t.at(S::Completed, E::Success) = {S::Completed, ToUserAsStray};  // another branch of a forking proxy
  t.at(S::Completed, E::Failure) = {S::Completed, SendAck};
  t.ignore(S::Completed, E::Cancel);
  t.ignore(S::Completed, E::TransportError);
  t.at(S::Completed, E::TimerD) = {S::Terminated};

  t.ignore(S::Accepted, E::Provisional);
  t.at(S::Accepted, E::Success) = {S::Accepted, ToUser};
  t.ignore(S::Accepted, E::Failure);
  t.ignore(S::Accepted, E::Cancel);
  t.ignore(S::Accepted, E::TransportError);
  t.at(S::Accepted, E::TimerM) = {S::Terminated};
  return t;
}();

}  // namespace detail

constexpr Step<InviteClient::State> InviteClient::step(State state, Event event) {
  return detail::kInviteClient.at(state, event);
}

}  // namespace warp::sip
