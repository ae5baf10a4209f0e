#include "dialog_flow.h"

namespace warp::calls {

namespace {

sip::Flow stream_flow(const Context& context, const sip::Dialog& dialog) {
  const sip::Flow& flow = dialog.flow();
  const bool made_by_peer = flow.connection != 0;
  if (made_by_peer && context.sender.alive(flow)) return flow;
  const sip::Target target = dialog.next_target();
  if (!made_by_peer && (domain::is_secure(flow.transport) || target.address.ip == flow.remote.ip))
    return flow;
  return context.sender.flow_towards(target).value_or(flow);
}

}  // namespace

sip::Flow flow_of(const Context& context, const sip::Dialog& dialog) {
  sip::Flow flow = dialog.flow();
  if (flow.reliable()) return stream_flow(context, dialog);
  const sip::Target target = dialog.next_target();
  if (target.transport == sip::SipTransport::Tcp) return context.sender.flow_towards(target).value_or(flow);
  if (target.transport != flow.transport || target.address == flow.remote) return flow;
  if (target.address.ip.v6 != flow.local.ip.v6) return context.sender.flow_towards(target).value_or(flow);
  flow.remote = target.address;
  return flow;
}

}  // namespace warp::calls
