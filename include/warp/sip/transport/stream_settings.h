// What the stream transports of all shards are told.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "warp/sip/message/message.h"
#include "warp/sip/transport/framer.h"
#include "warp/sip/transport/transport.h"

namespace warp::sip {

struct StreamListener {
  domain::SocketAddress bind;
  std::optional<domain::SocketAddress> advertise;
  SipTransport transport = SipTransport::Tcp;
  // The first is shown to clients that name nobody, and used by connections from this listener that ask for
  // no other; the rest are picked by SNI.
  std::vector<std::string> tls_profiles{};
  std::string advertise_name{};  // instead of `advertise`: a host name, with a port or without
  // Requests of ours to these go by it, to others not; none: to all that no other listener has.
  std::vector<domain::Cidr> peers{};
};

struct StreamLimits {
  FramerLimits framing{};
  std::size_t write_octets = 1 << 20;  // that one connection may owe its peer
  std::uint32_t connections = 20'000;  // of the process
  std::uint32_t per_source = 2'000;    // accepted from one address
  std::chrono::milliseconds connect{4'000}, handshake{10'000};
  std::chrono::milliseconds first_message{30'000};  // of an accepted connection, from its opening
  std::chrono::milliseconds message{10'000};        // from a message's first octet to its last
  std::chrono::milliseconds write{20'000};          // without any octet leaving
  std::chrono::milliseconds idle{15 * 60'000};      // nothing heard and nothing said
  // RFC 5626 §4.4.1, on connections that we opened; 0: no pings.
  std::chrono::milliseconds ping{120'000}, pong{10'000};
  std::chrono::milliseconds linger{2'000};  // for the peer to take an answer before its connection closes
};

struct StreamSettings {
  std::vector<StreamListener> listeners{};
  std::uint16_t first_listener = 0;        // the index that Flow has for listeners[0]
  std::size_t handover_octets = 64 << 20;  // that wait for this shard; more are refused
  // WebSocket clients with an Origin (browsers) must come from one of these; "*": from anywhere.
  std::vector<std::string> origins{};
  Limits parsing{};
  StreamLimits limits{};
};

}  // namespace warp::sip
