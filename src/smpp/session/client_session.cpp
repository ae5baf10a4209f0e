#include "client_session.h"

namespace warp::smpp {

void ClientSession::opened() {
  const auto& settings = owner_.settings();
  set_bind_deadline(settings.bind_timeout);
  start_sequence(settings.limits.first_sequence);
  Bind bind;
  bind.system_id = settings.system_id;
  bind.password = settings.password;
  bind.system_type = settings.system_type;
  bind.interface_version = settings.version;
  bind.range = {settings.ton, settings.npi, settings.address_range};
  send_bind(bind_command(settings.type), bind);
}

void ClientSession::bind_answered(const Pdu& pdu) {
  const bool nacked = pdu.header.command == CommandId::GenericNack;
  if (nacked || pdu.header.status != Status::Ok) {
    bind_status_ = pdu.header.status;
    metrics().bind_failed(BindFailure::Refused);
    return finish(CloseReason::BindRefused);
  }
  was_bound_ = true;
  bound_at_ = now();
  bound(bound_state(owner_.settings().type), owner_.settings().limits);
  owner_.session_bound(pdu);
}

}  // namespace warp::smpp
