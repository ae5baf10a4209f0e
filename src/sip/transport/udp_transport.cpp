#include "warp/sip/transport/udp_transport.h"

#include <algorithm>
#include <array>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "warp/base/bytes.h"
#include "warp/net/udp_socket.h"
#include "warp/sip/transport/response_path.h"
#include "warp/sip/transport/scan.h"
#include "warp/sip/transport/stun.h"

#include "listeners.h"
#include "steering.h"

namespace warp::sip {
namespace {

// Batches read from one socket before the others and the timers get their turn.
constexpr int kBatchesAtOnce = 4;
constexpr std::size_t kAnswersAtOnce = 64;
constexpr std::string_view kAnswer = "SIP/2.0 ";
constexpr std::size_t kParseCodes = static_cast<std::size_t>(ParseCode::ForbiddenByte) + 1;

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

struct UdpTransport::Metrics {
  Metrics(metrics::Registry& registry, const std::string& shard) {
    const auto counter = [&](std::string_view name, std::string_view help, metrics::Labels labels = {}) {
      labels.emplace_back("shard", shard);
      return &registry.counter("warp_sip_transport_" + std::string(name), help, labels);
    };
    constexpr std::string_view kDatagrams = "UDP datagrams of SIP.", kOctets = "Octets of SIP datagrams.";
    datagrams_in = counter("datagrams_total", kDatagrams, {{"direction", "in"}});
    datagrams_out = counter("datagrams_total", kDatagrams, {{"direction", "out"}});
    octets_in = counter("octets_total", kOctets, {{"direction", "in"}});
    octets_out = counter("octets_total", kOctets, {{"direction", "out"}});
    keep_alives = counter("keep_alives_total", "Datagrams without a message: CRLF, STUN.");
    banned = counter("banned_total", "Datagrams dropped unread because of their source.");
    handed_over = counter("handed_over_total", "Datagrams given to the shard that owns their Call-ID.");
    handover_dropped =
        counter("handover_dropped_total", "Datagrams dropped because too many waited for their shard.");
    send_errors = counter("send_errors_total", "Datagrams that the system did not take.");
    steered = &registry.gauge("warp_sip_transport_steered",
                              "1 when the kernel queues SIP datagrams on the socket of their shard, else 0.");
    for (std::size_t code = 0; code < kParseCodes; ++code)
      parse_errors[code] =
          counter("parse_errors_total", "Datagrams that were no valid SIP message, by what was wrong.",
                  {{"code", std::string(to_string(static_cast<ParseCode>(code)))}});
  }

  metrics::Counter *datagrams_in, *datagrams_out, *octets_in, *octets_out, *keep_alives, *banned,
      *handed_over, *handover_dropped, *send_errors;
  std::array<metrics::Counter*, kParseCodes> parse_errors{};
  metrics::Gauge* steered = nullptr;  // one for all shards
};

struct UdpTransport::Listener final : net::Loop::Source {
  Listener(UdpTransport& of, std::uint16_t at, net::UdpSocket s, std::string by)
      : transport(of),
        index(at),
        socket(std::move(s)),
        descriptor(of.loop_.context(), socket.fd()),
        sent_by(std::move(by)) {}
  ~Listener() override {
    transport.loop_.remove(*this);
    descriptor.release();  // the socket closes it
  }

  Taken take() override { return transport.handler_ != nullptr ? transport.read(index) : Taken::Nothing; }
  void await() override {
    if (awaited) return;
    awaited = true;
    descriptor.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                          [this](const boost::system::error_code& error) {
                            if (error) return;  // this may be gone
                            awaited = false;
                            take();
                          });
  }

  UdpTransport& transport;
  const std::uint16_t index;
  bool awaited = false;  // the kernel was asked to say when something comes
  net::UdpSocket socket;
  boost::asio::posix::stream_descriptor descriptor;
  std::string sent_by;
  net::DatagramBatch batch;
};

UdpTransport::UdpTransport(net::Loop& loop, unsigned shard, const UdpTransportSettings& settings,
                           metrics::Registry& metrics)
    : loop_(loop),
      shard_(shard),
      settings_(settings),
      metrics_(std::make_unique<Metrics>(metrics, std::to_string(shard))) {}

UdpTransport::~UdpTransport() = default;

Result<std::unique_ptr<UdpTransport>, ListenError> UdpTransport::open(net::Loop& loop, unsigned shard,
                                                                      const UdpTransportSettings& settings,
                                                                      metrics::Registry& metrics) {
  std::unique_ptr<UdpTransport> transport(new UdpTransport(loop, shard, settings, metrics));
  const net::UdpOptions options{.reuse_port = true,
                                .timestamps = true,
                                .receive_buffer = settings.receive_buffer,
                                .send_buffer = settings.send_buffer,
                                .join_sends = true};
  for (std::size_t i = 0; i < settings.listeners.size(); ++i) {
    const auto& listener = settings.listeners[i];
    auto socket = net::UdpSocket::open(listener.bind, options);
    if (!socket) return ListenError{i, socket.error()};
    auto sent_by = sent_by_of(listener.advertise_name, listener.advertise, socket->local());
    transport->listeners_.push_back(std::make_unique<Listener>(*transport, static_cast<std::uint16_t>(i),
                                                               std::move(*socket), std::move(sent_by)));
  }
  return transport;
}

boost::system::error_code UdpTransport::steer(std::span<UdpTransport* const> shards) {
  if (shards.size() < 2) return {};
  const auto steering = Steering::load(static_cast<unsigned>(shards.size()));
  if (!steering) return steering.error();
  for (const auto& listener : shards.front()->listeners_)
    if (const auto error = steering->attach(listener->socket.fd())) return error;
  shards.front()->metrics_->steered->set(1);
  return {};
}

void UdpTransport::start(MessageHandler& handler, std::span<UdpTransport* const> shards) {
  handler_ = &handler;
  shards_.assign(shards.begin(), shards.end());
  outgoing_.resize(shards_.size());
  for (auto& listener : listeners_)
    loop_.add(*listener);
}

void UdpTransport::stop() {
  for (auto& listener : listeners_) {
    loop_.remove(*listener);
    listener->descriptor.cancel();
  }
  handler_ = nullptr;
}

std::vector<UdpListener> UdpTransport::listeners() const {
  auto bound = settings_.listeners;
  for (std::size_t i = 0; i < bound.size(); ++i)
    bound[i].bind = listeners_[i]->socket.local();
  return bound;
}

net::Loop::Source::Taken UdpTransport::read(std::uint16_t index) {
  auto& listener = *listeners_[index];
  Flow flow{{}, listener.socket.local(), index};
  std::uint64_t datagrams = 0, octets = 0;
  bool more = true;
  reading_ = true;
  for (int round = 0; more && round < kBatchesAtOnce; ++round) {
    const auto batch = listener.socket.receive(listener.batch);
    if (!batch.empty() && handler_ != nullptr) handler_->on_queue_delay(listener.batch.waited());
    for (const auto& datagram : batch) {
      ++datagrams;
      octets += datagram.bytes.size();
      flow.remote = datagram.peer;
      if (handler_ != nullptr) route(as_text(datagram.bytes), flow);
    }
    flush_answers();
    more = batch.size() == net::DatagramBatch::kDatagrams;
  }
  flush_unordered();
  reading_ = false;
  metrics_->datagrams_in->add(datagrams);
  metrics_->octets_in->add(octets);
  flush_handovers();
  using enum net::Loop::Source::Taken;
  return datagrams == 0 ? Nothing : more ? More : All;
}

void UdpTransport::route(std::string_view bytes, const Flow& from) {
  if (!handler_->admits(from.remote)) return metrics_->banned->add();
  if (is_keep_alive(bytes)) return keep_alive(bytes, from);
  const auto shards = static_cast<unsigned>(shards_.size());
  const auto owner = shards > 1 ? shard_of(find_call_id(bytes), shards) : shard_;
  if (owner == shard_) return receive(bytes, from);
  auto& batch = outgoing_[owner];
  batch.items.push_back({batch.bytes.size(), bytes.size(), from});
  batch.bytes += bytes;
}

// A STUN binding request is answered (RFC 5626 §3.5.2), CRLF is not: over UDP it only keeps bindings open.
void UdpTransport::keep_alive(std::string_view bytes, const Flow& from) {
  metrics_->keep_alives->add();
  if (const auto answer = answer_stun(bytes, from.remote)) send(from, answer->bytes());
}

void UdpTransport::flush_handovers() {
  for (std::size_t shard = 0; shard < outgoing_.size(); ++shard) {
    if (outgoing_[shard].items.empty()) continue;
    metrics_->handed_over->add(outgoing_[shard].items.size());
    shards_[shard]->deliver(std::exchange(outgoing_[shard], {}));
  }
}

void UdpTransport::deliver(Handover batch) {
  const auto count = batch.items.size();
  if (waiting_.fetch_add(count) + count > settings_.handover_limit) {
    waiting_ -= count;
    metrics_->handover_dropped->add(count);
    return;
  }
  // Shared because Executor takes copyable work.
  loop_.post([this, shared = std::make_shared<const Handover>(std::move(batch))] {
    waiting_ -= shared->items.size();
    reading_ = true;
    for (const auto& item : shared->items)
      if (handler_ != nullptr)
        receive(std::string_view(shared->bytes).substr(item.offset, item.length), item.from);
    flush_answers();
    flush_unordered();
    reading_ = false;
  });
}

void UdpTransport::receive(std::string_view bytes, const Flow& from) {
  if (tap_ != nullptr) tap_->on_message(MessageTap::Way::In, from, bytes);
  if (!handler_->wants(bytes, from)) return;
  auto message = Message::parse(bytes, settings_.limits);
  if (message) return handler_->on_message(std::move(*message), from);
  reject(bytes, message.error(), from);
}

void UdpTransport::reject(std::string_view bytes, const ParseError& error, const Flow& from) {
  metrics_->parse_errors[static_cast<std::size_t>(error.code)]->add();
  if (error.severity == Severity::Reject) {
    const auto request = Message::parse_rejected(bytes, settings_.limits);
    const bool version = error.code == ParseCode::Version;
    const auto phrase = version ? std::string() : "Bad Request (" + std::string(to_string(error.code)) + ")";
    if (request && write_stateless(scratch_, *request, from, version ? 505 : 400, phrase))
      send(reply_flow(*request, from), scratch_);
  }
  handler_->on_malformed(error, from);
}

bool UdpTransport::send(const Flow& flow, std::string_view bytes) {
  if (flow.listener >= listeners_.size()) return false;
  if (reading_ && bytes.starts_with(kAnswer)) {
    keep(answers_, flow, bytes);
  } else {
    flush_answers();  // what is asked after an answer does not overtake it
    if (!transmit(flow.listener, flow.remote, bytes)) return false;
  }
  tell_tap(flow, bytes);
  return true;
}

bool UdpTransport::send_unordered(const Flow& flow, std::string_view bytes) {
  if (!reading_ || flow.listener >= listeners_.size()) return send(flow, bytes);
  keep(unordered_, flow, bytes);
  tell_tap(flow, bytes);
  return true;
}

void UdpTransport::tell_tap(const Flow& flow, std::string_view bytes) {
  if (tap_ != nullptr && !bytes.empty() && bytes.front() >= 'A')
    tap_->on_message(MessageTap::Way::Out, flow, bytes);
}

void UdpTransport::keep(Handover& answers, const Flow& flow, std::string_view bytes) {
  auto& items = answers.items;
  if (!items.empty() && (items.front().from.listener != flow.listener || items.size() == kAnswersAtOnce))
    flush(answers, &answers == &unordered_ ? Order::ByPeer : Order::AsGiven);
  items.push_back({answers.bytes.size(), bytes.size(), flow});
  answers.bytes += bytes;
}

bool UdpTransport::transmit(std::uint16_t listener, const domain::SocketAddress& remote,
                            std::string_view bytes) {
  auto& socket = listeners_[listener]->socket;
  auto sent = socket.send(remote, as_bytes(bytes));
  if (sent == net::UdpSocket::Sent::WouldBlock) sent = socket.send(remote, as_bytes(bytes));
  if (sent != net::UdpSocket::Sent::Yes) {
    metrics_->send_errors->add();
    return false;
  }
  metrics_->datagrams_out->add();
  metrics_->octets_out->add(bytes.size());
  return true;
}

void UdpTransport::flush(Handover& answers, Order order) {
  if (answers.items.empty()) return;
  const std::string_view all = answers.bytes;
  std::array<net::Datagram, kAnswersAtOnce> kept;
  const std::size_t count = answers.items.size();
  for (std::size_t i = 0; i < count; ++i) {
    const auto& item = answers.items[i];
    kept[i] = {as_bytes(all.substr(item.offset, item.length)), item.from.remote};
  }
  const std::span<net::Datagram> batch(kept.data(), count);
  if (order == Order::ByPeer)
    std::sort(batch.begin(), batch.end(), [](const net::Datagram& a, const net::Datagram& b) {
      return a.peer != b.peer ? a.peer < b.peer : a.bytes.size() > b.bytes.size();
    });
  const std::uint16_t listener = answers.items.front().from.listener;
  auto& socket = listeners_[listener]->socket;
  for (std::size_t at = 0; at < count;) {
    const std::size_t sent = count - at > 1 ? socket.send_batch(batch.subspan(at)) : 0;
    std::size_t octets = 0;
    for (const auto end = at + sent; at < end; ++at)
      octets += batch[at].bytes.size();
    metrics_->octets_out->add(octets);
    metrics_->datagrams_out->add(sent);
    // The one that was not taken, once more by itself; the rest goes on.
    if (at == count) break;
    transmit(listener, batch[at].peer, as_text(batch[at].bytes));
    ++at;
  }
  answers.items.clear();
  answers.bytes.clear();
}

std::string_view UdpTransport::sent_by(std::uint16_t listener) const {
  return listener < listeners_.size() ? std::string_view(listeners_[listener]->sent_by) : std::string_view();
}

std::optional<Flow> UdpTransport::flow_towards(const Target& target) {
  if (target.transport != domain::SipTransport::Udp) return std::nullopt;
  const auto& remote = target.address;
  std::optional<Flow> best;
  int reach = -1;
  for (std::size_t i = 0; i < listeners_.size(); ++i) {
    const auto& local = listeners_[i]->socket.local();
    if (local.ip.v6 != remote.ip.v6) continue;
    const bool alike = local.ip.is_unspecified() || is_loopback(local.ip) == is_loopback(remote.ip);
    const int reached = reach_of(settings_.listeners[i].peers, remote.ip, alike);
    if (reached <= reach) continue;
    reach = reached;
    best = Flow{remote, local, static_cast<std::uint16_t>(i)};
  }
  return best;
}

}  // namespace warp::sip
