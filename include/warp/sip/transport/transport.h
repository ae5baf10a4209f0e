// Transport: what a signalling shard sends and receives by: UDP sockets and stream connections (TCP, TLS,
// WebSocket).
//
// Every shard binds every listener with SO_REUSEPORT. A datagram's shard is shard_of(Call-ID); one that
// arrives elsewhere is handed over through the other shard's Executor with its bytes copied. Not thread-safe
// but for deliver().
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "warp/domain/address.h"
#include "warp/domain/catalogue.h"
#include "warp/sip/message/message.h"

namespace warp::sip {

using domain::SipTransport;

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
  // A stream that was chosen for the size of the request alone (MessageSender::choose): when it cannot be
  // opened, the request goes by UDP after all (RFC 3261 §18.1.1).
  bool by_size = false;

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

// For Via: "SIP/2.0/TCP ". For the URI of a Contact that is reached by it: "", ";transport=tcp"…
std::string_view via_protocol(SipTransport transport);
std::string_view uri_transport(SipTransport transport);
// What a URI's transport parameter means; nullopt for one that is not spoken here.
std::optional<SipTransport> transport_of(std::string_view uri_parameter);
// 5060, 5061, 80 or 443: of a URI or a sent-by without a port.
std::uint16_t default_port(SipTransport transport);

// Requests over UDP that are larger go by a stream where they may (RFC 3261 §18.1.1, the path's MTU unknown).
inline constexpr std::size_t kLargestDatagramRequest = 1300;

// What sends for the layers above: transports.h for the daemon, UDP alone in udp_transport.h, a recording one
// in tests.
class MessageSender {
 public:
  virtual ~MessageSender() = default;
  // False when it could not be sent (no route, buffer full after retry, its connection is gone): the
  // transaction layer treats that as a transport error. The bytes are not kept by UDP; a stream queues them,
  // and tells MessageHandler::on_connection_lost when they cannot arrive.
  virtual bool send(const Flow& flow, std::string_view bytes) = 0;
  // The same for an answer without a transaction, which keeps no place among others: what was read with its
  // request may be answered before it, so that many of the kind leave together.
  virtual bool send_unordered(const Flow& flow, std::string_view bytes) { return send(flow, bytes); }
  // Host and port to put into Via and Contact for messages that leave by this listener (advertised address).
  virtual std::string_view sent_by(std::uint16_t listener) const = 0;
  // The listener to use towards a target (same transport and address family); nullopt when there is none.
  // For a stream nothing is opened before the first send().
  virtual std::optional<Flow> flow_towards(const Target& target) = 0;
  // The flow for a request of more than kLargestDatagramRequest octets that was to go by UDP: a stream to the
  // same address with `by_size` set, or `flow` itself. Asked before the request's Via is final.
  virtual Flow choose(const Flow& flow, std::size_t /*octets*/) { return flow; }
  // Can more be sent by it? False for a stream whose connection is gone: then the dialog's target is asked.
  virtual bool alive(const Flow& /*flow*/) const { return true; }
  std::optional<Flow> flow_to(const domain::SocketAddress& remote) { return flow_towards({remote}); }
};

}  // namespace warp::sip
