// SipTransports: all transports of one signalling shard as one MessageSender: its UDP sockets and its stream
// connections. Listeners are numbered with those of UDP first.
//
// Life: open() all shards in order, start() all, run the loops; stop() each on its loop's thread.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "warp/sip/transport/stream_transport.h"
#include "warp/sip/transport/udp_transport.h"

namespace warp::sip {

struct SipListener {
  domain::SocketAddress bind;
  std::optional<domain::SocketAddress> advertise;  // port 0: the bound one
  SipTransport transport = SipTransport::Udp;
  std::vector<std::string> tls_profiles{};
  std::string advertise_name{};  // "sip.example.net", "sip.example.net:5070": instead of `advertise`
  // Requests of ours to these go by it, to others not; none: to all that no other listener has.
  std::vector<domain::Cidr> peers{};
};

// Requests over UDP above kLargestDatagramRequest.
enum class LargeRequests : std::uint8_t { Tcp, Udp };

struct SipTransportsSettings {
  std::vector<SipListener> listeners{};
  StreamSettings streams{};  // without listeners
  UdpTransportSettings udp{};
  LargeRequests large = LargeRequests::Tcp;
  // An address that took no TCP connection is not asked again for so long.
  std::chrono::milliseconds refused_rest{300'000};
};

class SipTransports final : public MessageSender, private MessageHandler {
 public:
  // The error is a sentence for people. `commons` outlives it.
  static Result<std::unique_ptr<SipTransports>, std::string> open(net::Loop& loop, unsigned shard,
                                                                  const SipTransportsSettings& settings,
                                                                  StreamCommons& commons, log::Logger& log,
                                                                  metrics::Registry& metrics);
  // UdpTransport::steer of all shards.
  static boost::system::error_code steer(std::span<SipTransports* const> shards);

  void start(MessageHandler& handler, std::span<SipTransports* const> shards);
  void stop();
  void set_tap(MessageTap* tap);

  // As bound, in Flow's order: what the next shard is given.
  std::vector<SipListener> listeners() const;

  bool send(const Flow& flow, std::string_view bytes) override {
    return flow.reliable() ? streams_->send(flow, bytes) : udp_->send(flow, bytes);
  }
  bool send_unordered(const Flow& flow, std::string_view bytes) override {
    return flow.reliable() ? streams_->send(flow, bytes) : udp_->send_unordered(flow, bytes);
  }
  std::string_view sent_by(std::uint16_t listener) const override {
    return listener < udp_listeners_ ? udp_->sent_by(listener) : streams_->sent_by(listener);
  }
  std::optional<Flow> flow_towards(const Target& target) override {
    return domain::is_stream(target.transport) ? streams_->flow_towards(target) : udp_->flow_towards(target);
  }
  Flow choose(const Flow& flow, std::size_t octets) override;
  bool alive(const Flow& flow) const override { return !flow.reliable() || streams_->alive(flow); }

 private:
  SipTransports(net::Loop& loop, LargeRequests large, std::chrono::milliseconds refused_rest)
      : loop_(loop), large_(large), refused_rest_(refused_rest) {}
  // Of both transports, on the way to the real one.
  void on_message(Message message, const Flow& from) override {
    handler_->on_message(std::move(message), from);
  }
  void on_malformed(const ParseError& error, const Flow& from) override {
    handler_->on_malformed(error, from);
  }
  bool admits(const domain::SocketAddress& source) override { return handler_->admits(source); }
  void on_connection_lost(const Flow& flow) override;

  net::Loop& loop_;
  const LargeRequests large_;
  const std::chrono::milliseconds refused_rest_;
  MessageHandler* handler_ = nullptr;
  std::unique_ptr<UdpTransport> udp_;
  std::unique_ptr<StreamTransport> streams_;
  std::uint16_t udp_listeners_ = 0;
  std::unordered_map<domain::SocketAddress, Monotonic> refused_;  // no TCP there, until
};

}  // namespace warp::sip
