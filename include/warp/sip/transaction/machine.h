// What the four transaction machines have in common: a constexpr table of state × event, whose cells say
// the next state, what is to be done and which timers start. RFC 3261 §17, RFC 6026.
//
// A cell that no correct runner can reach (a timer that does not run in that state) is impossible: step()
// says so, keeps the state, and the runner counts it.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace warp::sip {

struct TransactionTimers {  // RFC 3261 Table 4; all derive from these
  std::chrono::milliseconds t1{500}, t2{4000}, t4{5000};
  std::chrono::milliseconds timer_c{180'000};  // INVITE client: longest wait for a final answer after 1xx
};

enum class Timer : std::uint8_t { None, A, B, C, D, E, F, G, H, I, J, K, L, M };

// Over a stream nothing is retransmitted, and nothing is waited for that would absorb retransmissions
// (§17.1.1.2, §17.1.2.2, §17.2.1, §17.2.2): A, E and G do not start, D, I, J and K end at once.
constexpr bool is_zero_over_streams(Timer timer) {
  return timer == Timer::D || timer == Timer::I || timer == Timer::J || timer == Timer::K;
}

// How long a timer runs over UDP. `repeats`: how often it has fired before (A, E and G back off).
constexpr std::chrono::milliseconds duration_of(Timer timer, unsigned repeats, const TransactionTimers& t) {
  constexpr unsigned kMostDoublings = 16;
  const auto backed_off = t.t1 * (1u << (repeats < kMostDoublings ? repeats : kMostDoublings));
  switch (timer) {
    case Timer::None:
      return std::chrono::milliseconds{0};
    case Timer::A:
      return backed_off;
    case Timer::E:
    case Timer::G:
      return backed_off < t.t2 ? backed_off : t.t2;
    case Timer::B:
    case Timer::D:
    case Timer::F:
    case Timer::H:
    case Timer::J:
    case Timer::L:
    case Timer::M:
      return 64 * t.t1;
    case Timer::C:
      return t.timer_c;
    case Timer::I:
    case Timer::K:
      return t.t4;
  }
  return std::chrono::milliseconds{0};
}

// What a step asks of the runner; a set.
enum class Action : std::uint16_t {
  None = 0,
  Send = 1 << 0,        // the kept bytes again: the request of a client, the last response of a server
  SendAck = 1 << 1,     // to a final answer other than 2xx
  SendCancel = 1 << 2,  // as a transaction of its own
  ToUser = 1 << 3,      // the message at hand
  ToUserAsStray = 1 << 4,
  ReportTimeout = 1 << 5,  // and nothing after it
  ReportTransportError = 1 << 6,
  StopRetransmissions = 1 << 7,
  RepeatAtT2 = 1 << 8,  // the retransmission timer that starts runs for T2
};
constexpr Action operator|(Action a, Action b) {
  return static_cast<Action>(static_cast<std::uint16_t>(a) | static_cast<std::uint16_t>(b));
}
constexpr bool has(Action set, Action one) {
  return (static_cast<std::uint16_t>(set) & static_cast<std::uint16_t>(one)) != 0;
}

template <class State>
struct Step {
  State next{};
  Action actions = Action::None;
  Timer retransmission = Timer::None;  // A, E or G to start
  Timer deadline = Timer::None;        // any other to start, in place of the one that ran
  bool possible = true;
};

// `Machine` has enums State and Event, kStates and kEvents.
template <class Machine>
class Table {
 public:
  using State = typename Machine::State;
  using Event = typename Machine::Event;

  constexpr Table() {
    for (std::size_t state = 0; state < Machine::kStates; ++state)
      for (auto& cell : cells_[state])
        cell = {.next = static_cast<State>(state), .possible = false};
  }
  constexpr Step<State>& at(State state, Event event) { return cells_[index(state)][index(event)]; }
  constexpr const Step<State>& at(State state, Event event) const {
    return cells_[index(state)][index(event)];
  }
  // The event may come and changes nothing.
  constexpr void ignore(State state, Event event) { at(state, event) = {.next = state}; }

 private:
  template <class Enum>
  static constexpr std::size_t index(Enum value) {
    return static_cast<std::size_t>(value);
  }
  std::array<std::array<Step<State>, Machine::kEvents>, Machine::kStates> cells_{};
};

}  // namespace warp::sip
