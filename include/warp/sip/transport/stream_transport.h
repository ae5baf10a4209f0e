// StreamTransport: the TCP, TLS and WebSocket connections of one signalling shard.
//
// Every shard listens on every address (SO_REUSEPORT); a connection lives on the shard that accepted or
// opened it, which the high octet of its number names. A message whose Call-ID belongs to another shard goes
// there with its Flow; what another shard sends by a connection is posted to the connection's own.
//
// A request without a connection goes by one that is open to the same address, transport and peer. An
// accepted connection counts as such only when its client proved to be that peer by a certificate (RFC 5923,
// RFC 5922); one that is verified for another name is never taken. Else a new connection is opened, and what
// is sent waits for it. A response whose connection is gone opens one to the address that the request came
// from and the port of its Via (RFC 3261 §18.2.2); over TLS only to peers that are known by that name.
//
// Life as UdpTransport's: open() all shards in order, start() all, run the loops; stop() each on its loop's
// thread. Everything but deliver() and carry() belongs to the loop's thread.
//
// Metrics: warp_sip_transport_connections{transport}, _connections_opened_total{transport,side},
// _connections_closed_total{reason}, _connections_refused_total{reason}, _tls_failures_total{side},
// _stream_messages_total{direction}, _stream_octets_total{direction}, _stream_keep_alives_total,
// _framing_errors_total{fault}; and _parse_errors_total, _handed_over_total, _handover_dropped_total,
// _banned_total of the shard, shared with UDP.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/base/result.h"
#include "warp/net/loop.h"
#include "warp/sip/transport/message_handler.h"
#include "warp/sip/transport/stream_commons.h"
#include "warp/sip/transport/stream_settings.h"
#include "warp/sip/transport/udp_transport.h"

namespace warp::sip {

class StreamTransport {
 public:
  // The error is a sentence for people. `commons` outlives it.
  static Result<std::unique_ptr<StreamTransport>, std::string> open(net::Loop& loop, unsigned shard,
                                                                    const StreamSettings& settings,
                                                                    StreamCommons& commons, log::Logger& log,
                                                                    metrics::Registry& metrics);
  ~StreamTransport();

  void start(MessageHandler& handler, std::span<StreamTransport* const> shards);
  void stop();  // closes everything
  void set_tap(MessageTap* tap);

  // Any thread: messages that this shard owns; what `from_shard` sends by a connection of this one, false
  // when too much waits.
  void deliver(Handover batch);
  bool carry(unsigned from_shard, const Flow& flow, std::string bytes);

  // As MessageSender has them; listeners by Flow's index.
  bool send(const Flow& flow, std::string_view bytes);
  bool alive(const Flow& flow) const;
  std::string_view sent_by(std::uint16_t listener) const;
  std::optional<Flow> flow_towards(const Target& target);

  std::vector<StreamListener> listeners() const;  // as bound
  std::size_t connections() const;

 private:
  class Impl;
  explicit StreamTransport(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::sip
