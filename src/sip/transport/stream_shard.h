// StreamTransport's inside: tables of connections, and what happens to their messages.
#pragma once

#include <atomic>
#include <unordered_map>

#include "warp/net/tcp_acceptor.h"
#include "warp/sip/transport/stream_transport.h"

#include "connection.h"
#include "stream_metrics.h"

namespace warp::sip {

class StreamTransport::Impl final : public Connection::Owner {
 public:
  Impl(net::Loop& loop, unsigned shard, const StreamSettings& settings, StreamCommons& commons,
       log::Logger& log, metrics::Registry& metrics);
  ~Impl();

  Result<void, std::string> listen();
  void start(MessageHandler& handler, std::span<StreamTransport* const> shards);
  void stop();
  void deliver(Handover batch);
  bool carry(unsigned from_shard, const Flow& flow, std::string bytes);
  bool send(const Flow& flow, std::string_view bytes);
  bool alive(const Flow& flow) const;
  std::string_view sent_by(std::uint16_t listener) const;
  std::optional<Flow> flow_towards(const Target& target);
  std::vector<StreamListener> listeners() const;
  std::size_t connections() const { return by_id_.size(); }

  MessageTap* tap = nullptr;

 private:
  struct Listener {
    StreamListener settings;
    domain::SocketAddress local;
    std::string sent_by;
    std::shared_ptr<net::TcpAcceptor> acceptor;
  };
  struct Place {
    domain::SocketAddress remote;
    std::uint32_t peer;
    SipTransport transport;
    friend bool operator==(const Place&, const Place&) = default;
  };
  struct PlaceHash {
    std::size_t operator()(const Place& place) const noexcept {
      return std::hash<domain::SocketAddress>{}(place.remote) ^ place.peer * 0x9E3779B97F4A7C15ull ^
             static_cast<std::size_t>(place.transport);
    }
  };
  static Place place_of(const Flow& flow) { return {flow.remote, flow.peer, flow.transport}; }

  // Connection::Owner.
  void on_open(Connection& connection) override;
  void on_message(Connection& connection, std::string_view message) override;
  void on_keep_alive() override { metrics_.keep_alives->add(); }
  void on_unframed(Connection& connection, FrameFault fault, std::string_view head) override;
  void on_octets(std::size_t in, std::size_t out) override;
  void on_batch_end() override { flush_handovers(); }
  void on_closed(Connection& connection, CloseReason reason, std::string_view detail,
                 bool within_send) override;

  void accepted(std::size_t listener, std::optional<Tcp::socket> socket, const domain::SocketAddress& peer);
  void refuse(StreamMetrics::Refused why) { metrics_.refused[static_cast<std::size_t>(why)]->add(); }
  std::vector<TlsContext*> contexts_of(const TlsSet& set, const StreamListener& listener) const;
  void keep(std::shared_ptr<Connection> connection);
  std::uint64_t new_id() { return std::uint64_t{shard_} << 56 | ++last_id_; }

  bool send_as(unsigned shard, const Flow& flow, std::string_view bytes);
  Connection* find(const Flow& flow) const;
  Connection* open(const Flow& flow);
  bool make_socket(Tcp::socket& socket, const Listener& listener, const Flow& flow);
  bool set_peer(StreamParts& parts);
  bool answer_elsewhere(unsigned shard, const Flow& flow, std::string_view response);

  void receive(std::string_view bytes, const Flow& from);
  void reject(std::string_view bytes, const ParseError& error, const Flow& from);
  void flush_handovers();
  void tell_lost(const Connection& connection, CloseReason reason, bool within_send);
  void tell_shard(std::size_t shard, const Flow& flow, bool now);
  std::string default_profile(std::uint16_t listener) const;
  const Listener* listener_at(std::uint16_t index) const;

  net::Loop& loop_;
  const unsigned shard_;
  const StreamSettings settings_;
  StreamCommons& commons_;
  log::Logger& log_;
  StreamMetrics metrics_;
  std::vector<Listener> listeners_;
  MessageHandler* handler_ = nullptr;  // set by start()
  std::vector<StreamTransport*> shards_;
  std::vector<Handover> outgoing_;  // by shard
  std::atomic<std::size_t> waiting_{0};
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, std::shared_ptr<Connection>> by_id_;
  std::unordered_map<Place, Connection*, PlaceHash> by_place_;      // opened by us
  std::unordered_multimap<domain::IpAddress, Connection*> proven_;  // accepted, with a certificate
  std::string scratch_;
};

}  // namespace warp::sip
