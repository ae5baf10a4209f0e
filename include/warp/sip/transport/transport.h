// Transport: what a signalling shard sends and receives by: UDP sockets and stream connections (TCP, TLS,
// WebSocket).
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
#include "warp/domain/catalogue.h"
#include "warp/sip/message/message.h"

namespace warp::sip {

// Where a message came from, or goes to.
struct Flow {
  domain::SocketAddress remote;
  domain::SocketAddress local;  // the listener's bound address
  std::uint16_t listener = 0;   // index into the configured listeners
  domain::SipTransport transport = domain::SipTransport::Udp;
  // Of a stream that is opened: who must be at its other end (MessageSender::peer), 0: nobody in particular.
  std::uint32_t peer = 0;
  // The stream connection that it came by, or that must be used; never reused within a process. 0: any that
  // fits, else a new one.
  std::uint64_t connection = 0;

  bool reliable() const { return domain::is_stream(transport); }
};

// Where a request goes by itself, outside any connection that is known.
struct Target {
  domain::SocketAddress address;
  domain::SipTransport transport = domain::SipTransport::Udp;
  std::string_view tls_name = {};     // that the certificate must carry (RFC 5922); empty: not secure
  std::string_view tls_profile = {};  // sip.tls.profiles; empty: the default one
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
  // False when it could not be sent (no route, buffer full after retry, its connection is gone): the
  // transaction layer treats that as a transport error. The bytes are not kept by UDP; a stream queues them,
  // and tells MessageHandler::on_connection_lost when they cannot arrive.
  virtual bool send(const Flow& flow, std::string_view bytes) = 0;
  // Host and port to put into Via and Contact for messages that leave by this listener (advertised address).
  virtual std::string_view sent_by(std::uint16_t listener) const = 0;
  // The listener to use towards a target (same transport and address family); nullopt when there is none.
  // For a stream nothing is opened before the first send().
  virtual std::optional<Flow> flow_towards(const Target& target) = 0;
  std::optional<Flow> flow_to(const domain::SocketAddress& remote) { return flow_towards({remote}); }
};

}  // namespace warp::sip
