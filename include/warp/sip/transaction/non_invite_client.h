// Non-INVITE client transaction: RFC 3261 §17.1.2. In at Trying with the request sent and timers E (not
// over streams) and F running.
#pragma once

#include "warp/sip/transaction/machine.h"

namespace warp::sip {

struct NonInviteClient {
  enum class State : std::uint8_t { Trying, Proceeding, Completed, Terminated };
  static constexpr std::size_t kStates = 4;
  enum class Event : std::uint8_t { Provisional, Final, TransportError, TimerE, TimerF, TimerK };
  static constexpr std::size_t kEvents = 6;

  static constexpr Step<State> step(State state, Event event);
  static constexpr Event event_of(Timer timer) {
    return timer == Timer::E   ? Event::TimerE
           : timer == Timer::F ? Event::TimerF
           : timer == Timer::K ? Event::TimerK
                               : Event::TransportError;
  }
};

namespace detail {

constexpr auto kNonInviteClient = [] {
  using enum Action;
  using S = NonInviteClient::State;
  using E = NonInviteClient::Event;
  Table<NonInviteClient> t;

  t.at(S::Trying, E::Provisional) = {S::Proceeding, ToUser};
  t.at(S::Trying, E::Final) = {S::Completed, ToUser | StopRetransmissions, {}, Timer::K};
  t.at(S::Trying, E::TransportError) = {S::Terminated, ReportTransportError};
  t.at(S::Trying, E::TimerE) = {S::Trying, Send, Timer::E};
  t.at(S::Trying, E::TimerF) = {S::Terminated, ReportTimeout};

  t.at(S::Proceeding, E::Provisional) = {S::Proceeding, ToUser};
  t.at(S::Proceeding, E::Final) = {S::Completed, ToUser | StopRetransmissions, {}, Timer::K};
  t.at(S::Proceeding, E::TransportError) = {S::Terminated, ReportTransportError};
  t.at(S::Proceeding, E::TimerE) = {S::Proceeding, Send | RepeatAtT2, Timer::E};
  t.at(S::Proceeding, E::TimerF) = {S::Terminated, ReportTimeout};

  t.ignore(S::Completed, E::Provisional);
  t.ignore(S::Completed, E::Final);
  t.ignore(S::Completed, E::TransportError);
  t.at(S::Completed, E::TimerK) = {S::Terminated};
  return t;
}();

}  // namespace detail

constexpr Step<NonInviteClient::State> NonInviteClient::step(State state, Event event) {
  return detail::kNonInviteClient.at(state, event);
}

}  // namespace warp::sip
