// MessageHandler: who gets what a transport read. Called on the shard's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

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
  // Asked for every message before it is parsed, on the shard that owns it. False: it is done with.
  virtual bool wants(std::string_view /*bytes*/, const Flow& /*from*/) { return true; }
  // A batch of datagrams was read, the oldest of which had waited so long in the kernel.
  virtual void on_queue_delay(std::chrono::nanoseconds /*delay*/) {}
  // A stream connection that this shard sent by or received from is gone, or could not be made: `flow` names
  // it by `connection`, or by remote, transport and peer when it never was. Told once to every shard that
  // used it.
  virtual void on_connection_lost(const Flow& /*flow*/) {}
};

// MessageTap: sees every SIP message as it was on the wire, after it was read or written. On the shard's
// thread; must neither block nor throw. For capture.
class MessageTap {
 public:
  enum class Way : std::uint8_t { In, Out };
  virtual ~MessageTap() = default;
  virtual void on_message(Way way, const Flow& flow, std::string_view bytes) = 0;
};

}  // namespace warp::sip
