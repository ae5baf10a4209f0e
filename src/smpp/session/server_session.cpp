#include "server_session.h"

#include <algorithm>
#include <utility>

namespace warp::smpp {
namespace {

constexpr std::uint8_t kVersion34 = 0x34, kVersion50 = 0x50;

BindType type_of(CommandId command) {
  if (command == CommandId::BindTransmitter) return BindType::Transmitter;
  if (command == CommandId::BindReceiver) return BindType::Receiver;
  return BindType::Transceiver;
}

}  // namespace

ServerSession::ServerSession(net::Loop& loop, Metrics& metrics, SessionId id, ServerSessionOwner& owner,
                             const domain::SocketAddress& peer, bool tls)
    : Session(loop, metrics, Role::Smsc, id, owner.settings().link, owner.settings().session_init),
      owner_(owner),
      peer_(peer),
      source_(Admission::source_of(peer.ip)),
      tls_(tls) {
  allow_before_bind(owner.settings().pdus_before_bind);
}

void ServerSession::bind_requested(const Pdu& pdu) {
  const auto& bind = std::get<Bind>(pdu.body);
  bind_ = pdu.header;
  type_ = type_of(pdu.header.command);
  version_ = bind.interface_version;
  move(SessionState::Binding);
  if (!owner_.admission().may_bind(source_, now())) {
    metrics().bind_failed(BindFailure::RateLimited);
    return reject(Status::BindFail);
  }
  asked_ = true;
  owner_.listener().on_bind({.session = id(),
                             .type = type_,
                             .system_id = bind.system_id,
                             .password = bind.password,
                             .system_type = bind.system_type,
                             .version = version_,
                             .range = bind.range,
                             .peer = peer_,
                             .tls = tls_});
}

bool ServerSession::accept(const SessionLimits& limits, std::string_view system_id) {
  if (state() != SessionState::Binding) return false;
  leave_unbound();
  auto response = response_to(bind_, Status::Ok);
  response.body = BindResp{system_id.substr(0, 15)};
  std::string octets;
  TlvWriter tlvs(octets);
  // Versions before 3.4 know no TLVs.
  if (version_ >= kVersion34) {
    tlvs.number(Tag::ScInterfaceVersion, version_ >= kVersion50 ? kVersion50 : kVersion34);
    response.tlvs = tlvs.list();
  }
  start_sequence(limits.first_sequence);
  bound(bound_state(type_), limits);
  send(response);
  return true;
}

bool ServerSession::refuse(Status status) {
  if (state() != SessionState::Binding) return false;
  metrics().bind_failed(BindFailure::Refused);
  owner_.admission().bind_failed(source_, now());
  reject(status);
  return true;
}

void ServerSession::reject(Status status) {
  respond(bind_, status);
  move(SessionState::Unbound);
  finish(CloseReason::BindRefused);
}

void ServerSession::bind_expired() {
  if (state() == SessionState::Binding) {
    respond(bind_, Status::SysErr);
    move(SessionState::Unbound);
  }
  finish(CloseReason::BindTimeout);
}

void ServerSession::unmatched(const Pdu& pdu) {
  if (asked_) owner_.listener().on_unmatched(id(), pdu);
}

void ServerSession::leave_unbound() {
  if (std::exchange(counted_unbound_, false)) owner_.admission().no_longer_unbound(source_);
}

void ServerSession::ended(CloseReason reason, std::string_view) {
  leave_unbound();
  owner_.admission().left();
  owner_.session_ended(*this);
  if (asked_) owner_.listener().on_closed(id(), reason);
}

}  // namespace warp::smpp
