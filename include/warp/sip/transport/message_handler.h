// MessageHandler: who gets what a transport read. Called on the shard's thread.
#pragma once

#include "warp/sip/message/message.h"
#include "warp/sip/transport/transport.h"

namespace warp::sip {

class MessageHandler {
 public:
  virtual ~MessageHandler() = default;

  // A message of a Call-ID that this shard owns.
  virtual void on_message(Message message, const Flow& from) = 0;
  // Bytes that were no valid message; a request with Severity::Reject has been answered 400 already.
  virtual void on_malformed(const ParseError& error, const Flow& from) = 0;
  // May this source be heard at all (bans)? Asked for every datagram on the shard that reads it, before
  // anything of it is looked at: must be cheap.
  virtual bool admits(const domain::SocketAddress& /*source*/) { return true; }
};

}  // namespace warp::sip
