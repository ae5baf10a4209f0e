// RichInbound: whole messages from upstreams (MMS, answers by RCS). Their attachments are saved first, then
// the message; its upstream's id stands as its reference, so that a repeat, also after a restart, is answered
// and not told again. Attachments of a repeat stay until their time is up.
#pragma once

#include "core.h"
#include "inbound.h"

namespace warp::messaging {

class RichInbound {
 public:
  RichInbound(Core& core, Inbound& inbound) : core_(core), inbound_(inbound) {}
  void on_rich(ConnectorId connector, IncomingRich incoming, Answer answer);

 private:
  void save(domain::Message message, Answer answer);

  Core& core_;
  Inbound& inbound_;
};

}  // namespace warp::messaging
