// The connections of a shard: accepted, opened, found again, used from other shards, lost.
#include <algorithm>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "stream_shard.h"

namespace warp::sip {
namespace {

constexpr std::uint64_t bit_of(std::size_t shard) {
  return std::uint64_t{1} << shard;
}

constexpr unsigned shard_in(std::uint64_t connection) {
  return static_cast<unsigned>(connection >> 56);
}

bool is_response(std::string_view bytes) {
  return bytes.starts_with("SIP/2.0 ");
}

// A peer that takes nothing any more is noticed by the system itself, pings or not.
void watch(Tcp::socket& socket, std::chrono::milliseconds limit) {
  const auto milliseconds = static_cast<unsigned>(limit.count());
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
}

}  // namespace

std::vector<TlsContext*> StreamTransport::Impl::contexts_of(const TlsSet& set,
                                                            const StreamListener& listener) const {
  std::vector<TlsContext*> contexts;
  for (const auto& name : listener.tls_profiles)
    if (auto* context = set.find(name)) contexts.push_back(context);
  if (contexts.empty()) contexts.push_back(set.find({}));
  return contexts;
}

void StreamTransport::Impl::accepted(std::size_t index, std::optional<Tcp::socket> socket,
                                     const domain::SocketAddress& peer) {
  using Admission = StreamCommons::Admission;
  if (!socket) {
    log_.warning("sip.no_descriptors", {{"effect", "connections wait"}, {"cure", "raise LimitNOFILE"}});
    return refuse(StreamMetrics::Refused::Descriptors);
  }
  if (handler_ == nullptr) return;
  if (!handler_->admits(peer)) return refuse(StreamMetrics::Refused::Banned);
  const auto admission = commons_.admit(peer.ip);
  if (admission == Admission::TooMany) return refuse(StreamMetrics::Refused::TooMany);
  if (admission == Admission::TooManyOfSource) return refuse(StreamMetrics::Refused::TooManyOfSource);
  const auto& listener = listeners_[index];
  watch(*socket, settings_.limits.write);
  Flow flow{peer, listener.local, static_cast<std::uint16_t>(settings_.first_listener + index),
            listener.settings.transport};
  flow.connection = new_id();
  StreamParts parts{
      loop_, *this, settings_.limits, settings_.origins, flow, Connection::Side::Accepted, {}, {}, {}, {}};
  if (domain::is_secure(flow.transport)) {
    parts.tls = commons_.tls().current();
    parts.contexts = contexts_of(*parts.tls, listener.settings);
  }
  metrics_.accepted[static_cast<std::size_t>(flow.transport)]->add();
  keep(make_connection(std::move(parts), std::move(*socket)));
}

void StreamTransport::Impl::keep(std::shared_ptr<Connection> connection) {
  const auto& flow = connection->flow();
  metrics_.connections[static_cast<std::size_t>(flow.transport)]->add(1);
  by_id_.emplace(flow.connection, connection);
  if (connection->side() == Connection::Side::Opened) by_place_.emplace(place_of(flow), connection.get());
  connection->start();
}

void StreamTransport::Impl::on_open(Connection& connection) {
  const auto& flow = connection.flow();
  commons_.opened(flow.connection);
  if (connection.side() == Connection::Side::Accepted && connection.has_certificate())
    proven_.emplace(flow.remote.ip, &connection);
  log_.debug("sip.connection_opened",
             {{"peer", flow.remote.to_string()},
              {"transport", to_string(flow.transport)},
              {"side", connection.side() == Connection::Side::Accepted ? "accepted" : "opened"}});
}

// What leaves ------------------------------------------------------------------------------------------

bool StreamTransport::Impl::send(const Flow& flow, std::string_view bytes) {
  const bool sent = send_as(shard_, flow, bytes);
  if (sent && tap != nullptr) tap->on_message(MessageTap::Way::Out, flow, bytes);
  return sent;
}

bool StreamTransport::Impl::send_as(unsigned shard, const Flow& flow, std::string_view bytes) {
  if (handler_ == nullptr) return false;
  if (flow.connection != 0 && shard_in(flow.connection) != shard_) {
    const auto owner = shard_in(flow.connection);
    return owner < shards_.size() && shards_[owner]->carry(shard, flow, std::string(bytes));
  }
  auto* connection = find(flow);
  if (connection == nullptr && flow.connection == 0) connection = open(flow);
  if (connection == nullptr)
    return is_response(bytes) && flow.connection != 0 && answer_elsewhere(shard, flow, bytes);
  connection->users |= bit_of(shard);
  if (!connection->send(bytes)) return false;
  metrics_.messages_out->add();
  return true;
}

bool StreamTransport::Impl::carry(unsigned from_shard, const Flow& flow, std::string bytes) {
  const auto octets = bytes.size();
  if (waiting_.fetch_add(octets) + octets > settings_.handover_octets) {
    waiting_ -= octets;
    metrics_.handover_dropped->add();
    return false;
  }
  loop_.post([this, from_shard, flow, shared = std::make_shared<const std::string>(std::move(bytes))] {
    waiting_ -= shared->size();
    if (!send_as(from_shard, flow, *shared)) tell_shard(from_shard, flow, false);
  });
  return true;
}

Connection* StreamTransport::Impl::find(const Flow& flow) const {
  if (flow.connection != 0) {
    const auto known = by_id_.find(flow.connection);
    return known != by_id_.end() && known->second->usable() ? known->second.get() : nullptr;
  }
  const auto known = by_place_.find(place_of(flow));
  if (known != by_place_.end() && known->second->usable()) return known->second;
  if (flow.peer == 0 || proven_.empty()) return nullptr;
  const auto peer = commons_.peer(flow.peer);
  if (!peer) return nullptr;
  const auto [first, last] = proven_.equal_range(flow.remote.ip);
  const auto proven = std::find_if(first, last, [&](const auto& entry) {
    const auto& connection = *entry.second;
    return connection.usable() && connection.flow().transport == flow.transport &&
           connection.proves_to_be(*peer);
  });
  if (proven == last) return nullptr;
  auto& aliases = proven->second->aliases;
  if (std::none_of(aliases.begin(), aliases.end(),
                   [&](const Flow& one) { return one.remote == flow.remote && one.peer == flow.peer; }))
    aliases.push_back(flow);
  return proven->second;
}

bool StreamTransport::Impl::alive(const Flow& flow) const {
  if (flow.connection != 0 && shard_in(flow.connection) != shard_) return commons_.alive(flow.connection);
  return find(flow) != nullptr;
}

bool StreamTransport::Impl::make_socket(Tcp::socket& socket, const Listener& listener, const Flow& flow) {
  boost::system::error_code error;
  socket.open(flow.remote.ip.v6 ? Tcp::v6() : Tcp::v4(), error);
  if (!error) socket.set_option(Tcp::no_delay(true), error);
  // From the listener's address: peers know us by it.
  if (!error && !listener.local.ip.is_unspecified()) socket.bind(to_endpoint({listener.local.ip, 0}), error);
  if (!error) {
    watch(socket, settings_.limits.write);
    return true;
  }
  refuse(StreamMetrics::Refused::Descriptors);
  log_.warning("sip.connect_failed", {{"peer", flow.remote.to_string()}, {"error", error.message()}});
  return false;
}

// False: nobody knows this peer, or its profile.
bool StreamTransport::Impl::set_peer(StreamParts& parts) {
  const auto& flow = parts.flow;
  Peer peer{flow.remote.ip.to_string(), {}};
  if (flow.peer != 0) {
    const auto known = commons_.peer(flow.peer);
    if (!known) return false;
    peer = *known;
  }
  const auto* listener = listener_at(flow.listener);
  parts.tls = commons_.tls().current();
  auto* context = !peer.profile.empty() ? parts.tls->find(peer.profile)
                                        : contexts_of(*parts.tls, listener->settings).front();
  if (context == nullptr) return false;
  parts.contexts = {context};
  parts.name = peer.name;
  return true;
}

Connection* StreamTransport::Impl::open(const Flow& wanted) {
  const auto* listener = listener_at(wanted.listener);
  if (listener == nullptr || wanted.remote.port == 0) return nullptr;
  Flow flow = wanted;
  flow.by_size = false;
  flow.connection = new_id();
  StreamParts parts{loop_, *this, settings_.limits, settings_.origins, flow, Connection::Side::Opened, {}, {},
                    {},    {}};
  if (domain::is_secure(flow.transport) && !set_peer(parts)) {
    log_.warning("sip.connect_failed", {{"peer", flow.remote.to_string()}, {"error", "no such TLS profile"}});
    return nullptr;
  }
  parts.host = parts.name.empty() ? flow.remote.to_string() : parts.name;
  if (commons_.admit_own() != StreamCommons::Admission::Granted) {
    refuse(StreamMetrics::Refused::TooMany);
    return nullptr;
  }
  Tcp::socket socket(loop_.context());
  if (!make_socket(socket, *listener, flow)) {
    commons_.release_own();
    return nullptr;
  }
  // One that is closing may still stand there.
  by_place_.erase(place_of(flow));
  auto connection = make_connection(std::move(parts), std::move(socket));
  metrics_.opened[static_cast<std::size_t>(flow.transport)]->add();
  keep(connection);
  return connection->usable() ? connection.get() : nullptr;
}

// RFC 3261 §18.2.2: the connection of the request is gone. The source address was `flow.remote`.
bool StreamTransport::Impl::answer_elsewhere(unsigned shard, const Flow& flow, std::string_view response) {
  if (flow.transport != SipTransport::Tcp && flow.transport != SipTransport::Tls) return false;
  const auto message = Message::parse(response, settings_.parsing);
  if (!message) return false;
  const auto& via = message->via();
  Flow other = flow;
  other.connection = 0;
  other.remote.port = via.port != 0 ? via.port : default_port(flow.transport);
  if (flow.transport == SipTransport::Tls) {
    // Only who was named here before: a stranger's Via is nobody's proof.
    const auto known = commons_.known(via.host, default_profile(flow.listener));
    if (!known) return false;
    other.peer = *known;
  }
  return send_as(shard, other, response);
}

// What is lost -----------------------------------------------------------------------------------------

void StreamTransport::Impl::on_closed(Connection& connection, CloseReason reason, std::string_view detail,
                                      bool within_send) {
  const auto& flow = connection.flow();
  const bool accepted = connection.side() == Connection::Side::Accepted;
  const auto keep = connection.shared_from_this();
  by_id_.erase(flow.connection);
  const auto place = by_place_.find(place_of(flow));
  if (place != by_place_.end() && place->second == &connection) by_place_.erase(place);
  const auto [first, last] = proven_.equal_range(flow.remote.ip);
  const auto proven =
      std::find_if(first, last, [&](const auto& entry) { return entry.second == &connection; });
  if (proven != last) proven_.erase(proven);
  commons_.closed(flow.connection);
  accepted ? commons_.release(flow.remote.ip) : commons_.release_own();
  metrics_.connections[static_cast<std::size_t>(flow.transport)]->add(-1);
  metrics_.closed[static_cast<std::size_t>(reason)]->add();
  if (reason == CloseReason::TlsFailed)
    (accepted ? metrics_.tls_failures_server : metrics_.tls_failures_client)->add();
  // Whoever connects here may fail as it likes; what we ask for ourselves is worth a line.
  const bool ours = !accepted && !connection.was_open();
  log_.write(ours ? log::Level::Warning : log::Level::Debug,
             ours ? "sip.connect_failed" : "sip.connection_closed",
             {{"peer", flow.remote.to_string()},
              {"transport", to_string(flow.transport)},
              {"reason", to_string(reason)},
              {"error", detail}});
  tell_lost(connection, reason, within_send);
}

void StreamTransport::Impl::tell_lost(const Connection& connection, CloseReason, bool within_send) {
  Flow flow = connection.flow();
  // One that never was is named by whom it was for.
  if (!connection.was_open() && connection.side() == Connection::Side::Opened) flow.connection = 0;
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
    if ((connection.users & bit_of(shard)) == 0) continue;
    const bool now = shard == shard_ && !within_send;
    tell_shard(shard, flow, now);
    for (auto alias : connection.aliases) {
      alias.connection = connection.flow().connection;
      tell_shard(shard, alias, now);
    }
  }
}

void StreamTransport::Impl::tell_shard(std::size_t shard, const Flow& flow, bool now) {
  if (shard == shard_ && now) {
    if (handler_ != nullptr) handler_->on_connection_lost(flow);
    return;
  }
  auto& other = *shards_[shard]->impl_;
  other.loop_.post([&other, flow] {
    if (other.handler_ != nullptr) other.handler_->on_connection_lost(flow);
  });
}

}  // namespace warp::sip
