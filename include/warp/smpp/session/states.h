// The state × command table: what a session does with a request that it receives (SMPP 5.0 §2.4).
#pragma once

#include <array>
#include <cstdint>

#include "warp/smpp/session/types.h"

namespace warp::smpp {

enum class Role : std::uint8_t { Smsc, Esme };
constexpr Role peer_of(Role role) {
  return role == Role::Smsc ? Role::Esme : Role::Smsc;
}

enum class Kind : std::uint8_t { Bind, Submit, Data, Deliver, Alert, Unbind, EnquireLink, Unsupported };
inline constexpr std::size_t kKinds = 8;
constexpr Kind kind_of(CommandId command) {
  switch (command) {
    case CommandId::BindReceiver:
    case CommandId::BindTransmitter:
    case CommandId::BindTransceiver:
      return Kind::Bind;
    case CommandId::SubmitSm:
    case CommandId::SubmitMulti:
    case CommandId::QuerySm:
    case CommandId::CancelSm:
    case CommandId::ReplaceSm:
      return Kind::Submit;
    case CommandId::DataSm:
      return Kind::Data;
    case CommandId::DeliverSm:
      return Kind::Deliver;
    case CommandId::AlertNotification:
      return Kind::Alert;
    case CommandId::Unbind:
      return Kind::Unbind;
    case CommandId::EnquireLink:
      return Kind::EnquireLink;
    default:
      return Kind::Unsupported;
  }
}

enum class Verdict : std::uint8_t {
  Take,
  WrongState,    // the command's response with ESME_RINVBNDSTS
  AlreadyBound,  // the command's response with ESME_RALYBND
  Refuse,        // generic_nack with ESME_RINVCMDID: nothing that this side ever takes
  Ignore,
};

namespace detail {
using Row = std::array<Verdict, kKinds>;
using Table = std::array<Row, kSessionStates>;
constexpr auto T = Verdict::Take, W = Verdict::WrongState, A = Verdict::AlreadyBound, R = Verdict::Refuse,
               N = Verdict::Ignore;
// clang-format off
//                           Bind Submit Data Deliver Alert Unbind Enquire other
inline constexpr Table kSmsc{{
    /* Connecting */ Row{    N,   N,     N,   N,      N,    N,     N,      N},
    /* Open       */ Row{    T,   W,     W,   R,      R,    W,     T,      R},
    /* Binding    */ Row{    A,   W,     W,   R,      R,    W,     T,      R},
    /* BoundTx    */ Row{    A,   T,     T,   R,      R,    T,     T,      R},
    /* BoundRx    */ Row{    A,   W,     W,   R,      R,    T,     T,      R},
    /* BoundTrx   */ Row{    A,   T,     T,   R,      R,    T,     T,      R},
    /* Unbound    */ Row{    W,   W,     W,   R,      R,    T,     T,      R},
    /* Closed     */ Row{    N,   N,     N,   N,      N,    N,     N,      N},
}};
inline constexpr Table kEsme{{
    /* Connecting */ Row{    N,   N,     N,   N,      N,    N,     N,      N},
    /* Open       */ Row{    R,   R,     W,   W,      N,    W,     T,      R},
    /* Binding    */ Row{    R,   R,     W,   W,      N,    T,     T,      R},
    /* BoundTx    */ Row{    R,   R,     W,   W,      N,    T,     T,      R},
    /* BoundRx    */ Row{    R,   R,     T,   T,      T,    T,     T,      R},
    /* BoundTrx   */ Row{    R,   R,     T,   T,      T,    T,     T,      R},
    /* Unbound    */ Row{    R,   R,     W,   W,      N,    T,     T,      R},
    /* Closed     */ Row{    N,   N,     N,   N,      N,    N,     N,      N},
}};
// clang-format on
}  // namespace detail

// For a request that arrives at `role`.
constexpr Verdict verdict(Role role, SessionState state, CommandId command) {
  const auto& table = role == Role::Smsc ? detail::kSmsc : detail::kEsme;
  return table[static_cast<std::size_t>(state)][static_cast<std::size_t>(kind_of(command))];
}
// May `role` send it? Whatever the other side would take.
constexpr bool may_send(Role role, SessionState state, CommandId command) {
  return verdict(peer_of(role), state, command) == Verdict::Take;
}

constexpr SessionState bound_state(BindType type) {
  switch (type) {
    case BindType::Transmitter:
      return SessionState::BoundTx;
    case BindType::Receiver:
      return SessionState::BoundRx;
    case BindType::Transceiver:
      return SessionState::BoundTrx;
  }
  return SessionState::Closed;
}
constexpr CommandId bind_command(BindType type) {
  switch (type) {
    case BindType::Transmitter:
      return CommandId::BindTransmitter;
    case BindType::Receiver:
      return CommandId::BindReceiver;
    case BindType::Transceiver:
      return CommandId::BindTransceiver;
  }
  return CommandId::BindTransceiver;
}

}  // namespace warp::smpp
