#include "warp/smpp/session/types.h"

namespace warp::smpp {

std::string_view to_string(BindType type) {
  switch (type) {
    case BindType::Transmitter:
      return "transmitter";
    case BindType::Receiver:
      return "receiver";
    case BindType::Transceiver:
      return "transceiver";
  }
  return {};
}

std::string_view to_string(SessionState state) {
  switch (state) {
    case SessionState::Connecting:
      return "connecting";
    case SessionState::Open:
      return "open";
    case SessionState::Binding:
      return "binding";
    case SessionState::BoundTx:
      return "bound_tx";
    case SessionState::BoundRx:
      return "bound_rx";
    case SessionState::BoundTrx:
      return "bound_trx";
    case SessionState::Unbound:
      return "unbound";
    case SessionState::Closed:
      return "closed";
  }
  return {};
}

std::string_view to_string(CloseReason reason) {
  switch (reason) {
    case CloseReason::PeerClosed:
      return "peer_closed";
    case CloseReason::PeerUnbound:
      return "peer_unbound";
    case CloseReason::Unbound:
      return "unbound";
    case CloseReason::Dropped:
      return "dropped";
    case CloseReason::BindRefused:
      return "bind_refused";
    case CloseReason::BindTimeout:
      return "bind_timeout";
    case CloseReason::NoEnquireResponse:
      return "no_enquire_response";
    case CloseReason::Inactive:
      return "inactive";
    case CloseReason::BadLength:
      return "bad_length";
    case CloseReason::Misbehaved:
      return "misbehaved";
    case CloseReason::SlowReader:
      return "slow_reader";
    case CloseReason::WriteStalled:
      return "write_stalled";
    case CloseReason::NetworkError:
      return "network_error";
    case CloseReason::TlsFailed:
      return "tls_failed";
    case CloseReason::ResolveFailed:
      return "resolve_failed";
    case CloseReason::ConnectFailed:
      return "connect_failed";
  }
  return {};
}

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::Answered:
      return "answered";
    case Outcome::BadResponse:
      return "bad_response";
    case Outcome::TimedOut:
      return "timed_out";
    case Outcome::Closed:
      return "closed";
  }
  return {};
}

std::string_view to_string(SendError error) {
  switch (error) {
    case SendError::NoSession:
      return "no_session";
    case SendError::WrongState:
      return "wrong_state";
    case SendError::WindowFull:
      return "window_full";
    case SendError::Backlogged:
      return "backlogged";
    case SendError::BadPdu:
      return "bad_pdu";
  }
  return {};
}

}  // namespace warp::smpp
