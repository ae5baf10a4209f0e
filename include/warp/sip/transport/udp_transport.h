// UdpTransport: the UDP sockets of one signalling shard.
//
// Every shard opens every listener (SO_REUSEPORT). A datagram is read where the kernel puts it, its Call-ID
// is found by a cheap scan, and when another shard owns it, its bytes go there: one post a batch and shard.
// Where the kernel allows it (CAP_BPF), steer() makes it queue datagrams on their own shard's socket, so that
// nearly none is handed over.
//
// Life: open() all shards in their order, start() all, run the loops, steer(); then stop() each on its loop's
// thread (reading ends, sending goes on) and destroy them when no loop runs any more. Everything but
// deliver() and steer() belongs to the loop's thread.
//
// Metrics, all by {shard}: warp_sip_transport_datagrams_total{direction}, _octets_total{direction},
// _parse_errors_total{code}, _keep_alives_total, _banned_total, _handed_over_total, _handover_dropped_total,
// _send_errors_total; and warp_sip_transport_steered.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <boost/system/error_code.hpp>

#include "warp/base/metrics.h"
#include "warp/base/result.h"
#include "warp/net/loop.h"
#include "warp/sip/transport/message_handler.h"
#include "warp/sip/transport/transport.h"

namespace warp::sip {

struct UdpListener {
  domain::SocketAddress bind;
  // What goes into Via and Contact; needed when `bind` is unspecified (0.0.0.0, ::).
  std::optional<domain::SocketAddress> advertise{};
  std::string advertise_name{};  // instead of it: a host name, with a port or without
  // Requests of ours to these go by it, to others not; none: to all that no other listener has.
  std::vector<domain::Cidr> peers{};
};

struct UdpTransportSettings {
  std::vector<UdpListener> listeners{};
  int receive_buffer = 4 << 20, send_buffer = 4 << 20;  // octets a socket
  std::size_t handover_limit = 20'000;  // datagrams that wait for this shard; more are dropped and counted
  Limits limits{};
};

// Which listener could not be opened, and why.
struct ListenError {
  std::size_t listener = 0;
  boost::system::error_code error;
};

// Datagrams on their way to another shard: one block of bytes and where each begins.
struct Handover {
  struct Item {
    std::size_t offset, length;
    Flow from;
  };
  std::string bytes;
  std::vector<Item> items;
};

class UdpTransport final : public MessageSender {
 public:
  static Result<std::unique_ptr<UdpTransport>, ListenError> open(net::Loop& loop, unsigned shard,
                                                                 const UdpTransportSettings& settings,
                                                                 metrics::Registry& metrics);
  ~UdpTransport() override;

  // Once, on all shards in the order in which they were opened. An error means that the hand-over goes on to
  // do the work.
  static boost::system::error_code steer(std::span<UdpTransport* const> shards);

  // Begins to read. `shards` has every shard's transport in order, this one at its place; all outlive the
  // loops' runs.
  void start(MessageHandler& handler, std::span<UdpTransport* const> shards);
  void stop();
  // Sees messages from now on; null: nobody does.
  void set_tap(MessageTap* tap) { tap_ = tap; }

  // Any thread.
  void deliver(Handover batch);

  // As bound, with real ports: what the next shard is given when 0 was asked for.
  std::vector<UdpListener> listeners() const;

  // True for an answer given while a batch is read: the system's word on it comes later, and is only counted.
  bool send(const Flow& flow, std::string_view bytes) override;
  // Kept until all that the kernel had is read, then sorted by peer and length: neighbours go as one.
  bool send_unordered(const Flow& flow, std::string_view bytes) override;
  std::string_view sent_by(std::uint16_t listener) const override;
  std::optional<Flow> flow_towards(const Target& target) override;

 private:
  struct Listener;
  struct Metrics;
  UdpTransport(net::Loop& loop, unsigned shard, const UdpTransportSettings& settings,
               metrics::Registry& metrics);
  net::Loop::Source::Taken read(std::uint16_t listener);
  void route(std::string_view bytes, const Flow& from);
  void receive(std::string_view bytes, const Flow& from);
  void reject(std::string_view bytes, const ParseError& error, const Flow& from);
  void keep_alive(std::string_view bytes, const Flow& from);
  void flush_handovers();
  bool transmit(std::uint16_t listener, const domain::SocketAddress& remote, std::string_view bytes);
  void keep(Handover& answers, const Flow& flow, std::string_view bytes);
  enum class Order : std::uint8_t { AsGiven, ByPeer };
  void flush(Handover& answers, Order order);
  void flush_answers() { flush(answers_, Order::AsGiven); }
  void flush_unordered() { flush(unordered_, Order::ByPeer); }
  void tell_tap(const Flow& flow, std::string_view bytes);

  net::Loop& loop_;
  const unsigned shard_;
  const UdpTransportSettings settings_;
  std::unique_ptr<Metrics> metrics_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  MessageHandler* handler_ = nullptr;  // set by start()
  MessageTap* tap_ = nullptr;
  std::vector<UdpTransport*> shards_;
  std::vector<Handover> outgoing_;  // by shard
  // Answers to the batch that is being read; all by one listener. They leave together after it, or before the
  // next request does.
  Handover answers_;
  Handover unordered_;  // answers that keep no place; likewise by one listener
  bool reading_ = false;
  std::atomic<std::size_t> waiting_{0};
  std::string scratch_;
};

}  // namespace warp::sip
