#include "stream_shard.h"

#include "warp/sip/transport/response_path.h"
#include "warp/sip/transport/scan.h"

#include "listeners.h"

namespace warp::sip {
namespace {

std::uint16_t status_of(FrameFault fault) {
  return fault == FrameFault::MessageTooLarge || fault == FrameFault::HeadTooLarge ? 513 : 400;
}

std::string_view phrase_of(FrameFault fault) {
  switch (fault) {
    case FrameFault::HeadTooLarge:
    case FrameFault::MessageTooLarge:
      return "Message Too Large";
    case FrameFault::NoContentLength:
      return "Bad Request (No Content-Length)";
    case FrameFault::BadContentLength:
      return "Bad Request (Content-Length)";
  }
  return "";
}

}  // namespace

StreamTransport::Impl::Impl(net::Loop& loop, unsigned shard, const StreamSettings& settings,
                            StreamCommons& commons, log::Logger& log, metrics::Registry& metrics)
    : loop_(loop),
      shard_(shard),
      settings_(settings),
      commons_(commons),
      log_(log),
      metrics_(metrics, shard) {}

StreamTransport::Impl::~Impl() {
  stop();
}

Result<void, std::string> StreamTransport::Impl::listen() {
  for (const auto& wanted : settings_.listeners) {
    auto acceptor = std::make_shared<net::TcpAcceptor>(loop_, wanted.bind, true);
    if (const auto opened = acceptor->open(); !opened)
      return std::string(to_string(wanted.transport)) + " " + opened.error();
    Listener listener{wanted, acceptor->address(), {}, acceptor};
    listener.sent_by = sent_by_of(wanted.advertise_name, wanted.advertise, listener.local);
    listeners_.push_back(std::move(listener));
  }
  return {};
}

void StreamTransport::Impl::start(MessageHandler& handler, std::span<StreamTransport* const> shards) {
  handler_ = &handler;
  shards_.assign(shards.begin(), shards.end());
  outgoing_.resize(shards_.size());
  for (std::size_t i = 0; i < listeners_.size(); ++i)
    listeners_[i].acceptor->start(
        [this, i](std::optional<Tcp::socket> socket, const domain::SocketAddress& peer) {
          accepted(i, std::move(socket), peer);
        });
}

void StreamTransport::Impl::stop() {
  handler_ = nullptr;
  for (auto& listener : listeners_)
    listener.acceptor->close();
  const auto all = std::move(by_id_);
  by_id_.clear();
  by_place_.clear();
  proven_.clear();
  for (const auto& [id, connection] : all) {
    const auto& flow = connection->flow();
    commons_.closed(id);
    connection->side() == Connection::Side::Accepted ? commons_.release(flow.remote.ip)
                                                     : commons_.release_own();
    metrics_.connections[static_cast<std::size_t>(flow.transport)]->add(-1);
    connection->abandon();
  }
}

std::vector<StreamListener> StreamTransport::Impl::listeners() const {
  std::vector<StreamListener> bound;
  for (const auto& listener : listeners_) {
    bound.push_back(listener.settings);
    bound.back().bind = listener.local;
  }
  return bound;
}

const StreamTransport::Impl::Listener* StreamTransport::Impl::listener_at(std::uint16_t index) const {
  const auto place = static_cast<std::size_t>(index) - settings_.first_listener;
  return index < settings_.first_listener || place >= listeners_.size() ? nullptr : &listeners_[place];
}

std::string_view StreamTransport::Impl::sent_by(std::uint16_t index) const {
  const auto* listener = listener_at(index);
  return listener != nullptr ? std::string_view(listener->sent_by) : std::string_view();
}

std::string StreamTransport::Impl::default_profile(std::uint16_t index) const {
  const auto* listener = listener_at(index);
  const bool named = listener != nullptr && !listener->settings.tls_profiles.empty();
  return named ? listener->settings.tls_profiles.front() : commons_.tls().current()->find({})->profile.name;
}

// As UdpTransport: a socket bound to the loopback does not reach the world, nor the other way round.
std::optional<Flow> StreamTransport::Impl::flow_towards(const Target& target) {
  std::optional<Flow> best;
  int reach = -1;
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    const auto& listener = listeners_[i];
    const auto& ip = listener.local.ip;
    if (listener.settings.transport != target.transport || ip.v6 != target.address.ip.v6) continue;
    const bool alike = ip.is_unspecified() || is_loopback(ip) == is_loopback(target.address.ip);
    const int reached = reach_of(listener.settings.peers, target.address.ip, alike);
    if (reached <= reach) continue;
    reach = reached;
    best = Flow{target.address, listener.local, static_cast<std::uint16_t>(settings_.first_listener + i),
                target.transport};
  }
  if (!best || !domain::is_secure(target.transport)) return best;
  if (target.tls_name.empty() && target.tls_profile.empty()) return best;
  const auto name = target.tls_name.empty() ? target.address.ip.to_string() : std::string(target.tls_name);
  const auto profile =
      target.tls_profile.empty() ? default_profile(best->listener) : std::string(target.tls_profile);
  const auto peer = commons_.intern(name, profile);
  if (!peer) return std::nullopt;
  best->peer = *peer;
  return best;
}

// What arrives -----------------------------------------------------------------------------------------

void StreamTransport::Impl::on_octets(std::size_t in, std::size_t out) {
  if (in != 0) metrics_.octets_in->add(in);
  if (out != 0) metrics_.octets_out->add(out);
}

void StreamTransport::Impl::on_message(Connection& connection, std::string_view message) {
  const auto& flow = connection.flow();
  if (!handler_->admits(flow.remote)) {
    metrics_.banned->add();
    return connection.close(CloseReason::Banned);
  }
  metrics_.messages_in->add();
  const auto shards = static_cast<unsigned>(shards_.size());
  const auto owner = shards > 1 ? shard_of(find_call_id(message), shards) : shard_;
  connection.users |= std::uint64_t{1} << owner;
  if (owner == shard_) return receive(message, flow);
  auto& batch = outgoing_[owner];
  batch.items.push_back({batch.bytes.size(), message.size(), flow});
  batch.bytes += message;
}

void StreamTransport::Impl::flush_handovers() {
  for (std::size_t shard = 0; shard < outgoing_.size(); ++shard) {
    if (outgoing_[shard].items.empty()) continue;
    metrics_.handed_over->add(outgoing_[shard].items.size());
    shards_[shard]->deliver(std::exchange(outgoing_[shard], {}));
  }
}

void StreamTransport::Impl::deliver(Handover batch) {
  const auto octets = batch.bytes.size();
  if (waiting_.fetch_add(octets) + octets > settings_.handover_octets) {
    waiting_ -= octets;
    metrics_.handover_dropped->add(batch.items.size());
    return;
  }
  // Shared because Executor takes copyable work.
  loop_.post([this, shared = std::make_shared<const Handover>(std::move(batch))] {
    waiting_ -= shared->bytes.size();
    for (const auto& item : shared->items)
      if (handler_ != nullptr)
        receive(std::string_view(shared->bytes).substr(item.offset, item.length), item.from);
  });
}

void StreamTransport::Impl::receive(std::string_view bytes, const Flow& from) {
  if (tap != nullptr) tap->on_message(MessageTap::Way::In, from, bytes);
  auto message = Message::parse(bytes, settings_.parsing);
  if (message) return handler_->on_message(std::move(*message), from);
  reject(bytes, message.error(), from);
}

void StreamTransport::Impl::reject(std::string_view bytes, const ParseError& error, const Flow& from) {
  metrics_.parse_errors[static_cast<std::size_t>(error.code)]->add();
  if (error.severity == Severity::Reject) {
    const auto request = Message::parse_rejected(bytes, settings_.parsing);
    const bool version = error.code == ParseCode::Version;
    const auto phrase = version ? std::string() : "Bad Request (" + std::string(to_string(error.code)) + ")";
    if (request && write_stateless(scratch_, *request, from, version ? 505 : 400, phrase))
      send(from, scratch_);
  }
  handler_->on_malformed(error, from);
}

// Nobody knows where the next message begins: an answer where one can be addressed, and the end.
void StreamTransport::Impl::on_unframed(Connection& connection, FrameFault fault, std::string_view head) {
  metrics_.framing_errors[static_cast<std::size_t>(fault)]->add();
  const auto request = Message::parse_rejected(head, settings_.parsing);
  if (request && write_stateless(scratch_, *request, connection.flow(), status_of(fault), phrase_of(fault)))
    connection.send(scratch_);
  handler_->on_malformed({ParseCode::ContentLength, 0, Severity::Drop}, connection.flow());
  connection.finish(CloseReason::Malformed);
}

// StreamTransport --------------------------------------------------------------------------------------

StreamTransport::StreamTransport(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StreamTransport::~StreamTransport() = default;

Result<std::unique_ptr<StreamTransport>, std::string> StreamTransport::open(net::Loop& loop, unsigned shard,
                                                                            const StreamSettings& settings,
                                                                            StreamCommons& commons,
                                                                            log::Logger& log,
                                                                            metrics::Registry& metrics) {
  auto impl = std::make_unique<Impl>(loop, shard, settings, commons, log, metrics);
  if (const auto listening = impl->listen(); !listening) return listening.error();
  return std::unique_ptr<StreamTransport>(new StreamTransport(std::move(impl)));
}

void StreamTransport::start(MessageHandler& handler, std::span<StreamTransport* const> shards) {
  impl_->start(handler, shards);
}
void StreamTransport::stop() {
  impl_->stop();
}
void StreamTransport::set_tap(MessageTap* tap) {
  impl_->tap = tap;
}
void StreamTransport::deliver(Handover batch) {
  impl_->deliver(std::move(batch));
}
bool StreamTransport::carry(unsigned from_shard, const Flow& flow, std::string bytes) {
  return impl_->carry(from_shard, flow, std::move(bytes));
}
bool StreamTransport::send(const Flow& flow, std::string_view bytes) {
  return impl_->send(flow, bytes);
}
bool StreamTransport::alive(const Flow& flow) const {
  return impl_->alive(flow);
}
std::string_view StreamTransport::sent_by(std::uint16_t listener) const {
  return impl_->sent_by(listener);
}
std::optional<Flow> StreamTransport::flow_towards(const Target& target) {
  return impl_->flow_towards(target);
}
std::vector<StreamListener> StreamTransport::listeners() const {
  return impl_->listeners();
}
std::size_t StreamTransport::connections() const {
  return impl_->connections();
}

}  // namespace warp::sip
