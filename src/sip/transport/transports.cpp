#include "warp/sip/transport/transports.h"

#include <algorithm>

namespace warp::sip {
namespace {

constexpr std::size_t kMostRefused = 4096;

template <class Transport, class Get>
std::vector<Transport*> each(std::span<SipTransports* const> shards, Get get) {
  std::vector<Transport*> all;
  for (auto* shard : shards)
    all.push_back(get(*shard));
  return all;
}

}  // namespace

Result<std::unique_ptr<SipTransports>, std::string> SipTransports::open(net::Loop& loop, unsigned shard,
                                                                        const SipTransportsSettings& settings,
                                                                        StreamCommons& commons,
                                                                        log::Logger& log,
                                                                        metrics::Registry& metrics) {
  std::unique_ptr<SipTransports> all(new SipTransports(loop, settings.large, settings.refused_rest));
  auto udp = settings.udp;
  auto streams = settings.streams;
  udp.listeners.clear();
  streams.listeners.clear();
  for (const auto& listener : settings.listeners) {
    auto advertise = listener.advertise;
    if (listener.transport == SipTransport::Udp) {
      if (advertise && advertise->port == 0) advertise->port = listener.bind.port;
      udp.listeners.push_back({listener.bind, advertise, listener.advertise_name, listener.peers});
    } else {
      streams.listeners.push_back({listener.bind, advertise, listener.transport, listener.tls_profiles,
                                   listener.advertise_name, listener.peers});
    }
  }
  streams.first_listener = all->udp_listeners_ = static_cast<std::uint16_t>(udp.listeners.size());

  auto sockets = UdpTransport::open(loop, shard, udp, metrics);
  if (!sockets) {
    const auto& failed = sockets.error();
    return "UDP " + udp.listeners[failed.listener].bind.to_string() + ": " + failed.error.message();
  }
  all->udp_ = std::move(*sockets);
  auto connections = StreamTransport::open(loop, shard, streams, commons, log, metrics);
  if (!connections) return connections.error();
  all->streams_ = std::move(*connections);
  return all;
}

boost::system::error_code SipTransports::steer(std::span<SipTransports* const> shards) {
  return UdpTransport::steer(each<UdpTransport>(shards, [](SipTransports& one) { return one.udp_.get(); }));
}

void SipTransports::start(MessageHandler& handler, std::span<SipTransports* const> shards) {
  handler_ = &handler;
  udp_->start(handler, each<UdpTransport>(shards, [](SipTransports& one) { return one.udp_.get(); }));
  streams_->start(*this,
                  each<StreamTransport>(shards, [](SipTransports& one) { return one.streams_.get(); }));
}

void SipTransports::stop() {
  udp_->stop();
  streams_->stop();
}

void SipTransports::set_tap(MessageTap* tap) {
  udp_->set_tap(tap);
  streams_->set_tap(tap);
}

std::vector<SipListener> SipTransports::listeners() const {
  std::vector<SipListener> all;
  for (const auto& one : udp_->listeners())
    all.push_back({one.bind, one.advertise, SipTransport::Udp, {}, one.advertise_name, one.peers});
  for (const auto& one : streams_->listeners())
    all.push_back({one.bind, one.advertise, one.transport, one.tls_profiles, one.advertise_name, one.peers});
  return all;
}

Flow SipTransports::choose(const Flow& flow, std::size_t octets) {
  if (flow.reliable() || large_ == LargeRequests::Udp || octets <= kLargestDatagramRequest) return flow;
  if (const auto refused = refused_.find(flow.remote); refused != refused_.end()) {
    if (loop_.clock().now() < refused->second) return flow;
    refused_.erase(refused);
  }
  auto stream = streams_->flow_towards({flow.remote, SipTransport::Tcp});
  if (!stream) return flow;
  stream->by_size = true;
  return *stream;
}

void SipTransports::on_connection_lost(const Flow& flow) {
  if (flow.connection == 0 && flow.transport == SipTransport::Tcp) {
    if (refused_.size() >= kMostRefused) refused_.clear();
    refused_[flow.remote] = loop_.clock().now() + refused_rest_;
  }
  handler_->on_connection_lost(flow);
}

}  // namespace warp::sip
