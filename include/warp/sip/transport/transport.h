// Transport: UDP sockets of one signalling shard. (TCP, TLS and WebSocket join here.)
//
// Every shard binds every listener with SO_REUSEPORT. A datagram's shard is shard_of(Call-ID); one that
// arrives elsewhere is handed over through the other shard's Executor with its bytes copied. Not thread-safe
// but for deliver().
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "warp/domain/address.h"
#include "warp/sip/message/message.h"

namespace warp::sip {

// Where a message came from, or goes to.
struct Flow {
  domain::SocketAddress remote;
  domain::SocketAddress local;  // the listener's bound address
  std::uint16_t listener = 0;   // index into the configured listeners
};

// Which of `shards` owns a Call-ID. Our own Call-IDs (make_call_id) name it; others are hashed.
unsigned shard_of(std::string_view call_id, unsigned shards);
// A Call-ID for a leg that we create, owned by `shard`: "w<shard>-<32 hex digits>@<host>".
std::string make_call_id(unsigned shard, std::uint64_t random_high, std::uint64_t random_low,
                         std::string_view host);

// What sends for the layers above; the UDP implementation lives in udp_transport.h, a recording one in tests.
class MessageSender {
 public:
  virtual ~MessageSender() = default;
  // False when it could not be sent (no route, buffer full after retry): the transaction layer treats that as
  // a transport error. The bytes are not kept.
  virtual bool send(const Flow& flow, std::string_view bytes) = 0;
  // Host and port to put into Via and Contact for messages that leave by this listener (advertised address).
  virtual std::string_view sent_by(std::uint16_t listener) const = 0;
  // The listener to use towards `remote` (same address family); nullopt when there is none.
  virtual std::optional<Flow> flow_to(const domain::SocketAddress& remote) const = 0;
};

}  // namespace warp::sip
