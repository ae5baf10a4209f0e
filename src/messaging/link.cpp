#include <algorithm>
#include <tuple>

#include "smpp_gateway_impl.h"

namespace warp::messaging {
namespace {

auto smpp_connection_of(const domain::Connector& c) {
  return std::tie(c.host, c.fallback_hosts, c.port, c.tls, c.tls_ca_file, c.tls_server_name,
                  c.tls_certificate_file, c.tls_key_file, c.system_id, c.password, c.system_type, c.bind_type,
                  c.binds, c.window, c.address_range, c.interface_version, c.response_timeout,
                  c.enquire_interval);
}

std::vector<std::string> hosts_of(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    if (const auto host = trim(list.substr(0, comma)); !host.empty()) out.emplace_back(host);
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return out;
}

smpp::ClientSettings settings_of(const domain::Connector& connector, smpp::BindType type) {
  smpp::ClientSettings settings;
  settings.host = connector.host;
  settings.fallback_hosts = hosts_of(connector.fallback_hosts);
  settings.port = connector.port;
  if (connector.tls) {
    smpp::ClientTls tls;
    tls.ca_file = connector.tls_ca_file;
    tls.verify_name = connector.tls_server_name;
    tls.certificate_chain = connector.tls_certificate_file;
    tls.private_key = connector.tls_key_file;
    settings.tls = tls;
  }
  settings.type = type;
  settings.system_id = connector.system_id;
  settings.password = connector.password;
  settings.system_type = connector.system_type;
  settings.version = connector.interface_version;
  settings.address_range = connector.address_range;
  settings.limits.window_out = connector.window;
  settings.limits.response_timeout = connector.response_timeout;
  settings.limits.enquire_interval = connector.enquire_interval;
  return settings;
}

}  // namespace

struct Link::Bind final : smpp::ClientListener, std::enable_shared_from_this<Link::Bind> {
  Bind(Link& owner, bool sends) : link(owner), transmits(sends) {}

  void on_bound(smpp::SessionId, const smpp::Pdu&) override { changed(); }
  void on_unbound(smpp::SessionId, const smpp::Unbinding& why) override {
    link.log_.warning("messaging.upstream_unbound", {{"connector", link.connector_.name},
                                                     {"reason", smpp::to_string(why.reason)},
                                                     {"status", smpp::to_string(why.status)},
                                                     {"detail", why.detail}});
    changed();
  }
  void on_room(smpp::SessionId) override { changed(); }
  void on_deliver(smpp::SessionId session, const smpp::Pdu& pdu) override {
    auto answer = [self = weak_from_this(), session, sequence = pdu.header.sequence](smpp::Status status) {
      if (const auto bind = self.lock()) (void)bind->client->answer(session, sequence, status);
    };
    if (link.service_)
      link.service_->upstream_deliver(link.connector_.id, incoming_of(pdu), std::move(answer));
  }
  void changed() {
    if (link.service_) link.service_->upstream_changed(link.connector_.id);
  }

  Link& link;
  bool transmits;
  std::unique_ptr<smpp::Client> client;
};

Link::Link(net::Loop& loop, IdSource& ids, const domain::Connector& connector, metrics::Registry& metrics,
           log::Logger& log)
    : connector_(connector), log_(log) {
  for (std::uint16_t i = 0; i < std::max<std::uint16_t>(connector.binds, 1); ++i) {
    if (connector.bind_type == "tx+rx") {
      add(loop, ids, smpp::BindType::Transmitter, metrics);
      add(loop, ids, smpp::BindType::Receiver, metrics);
    } else {
      add(loop, ids, smpp::BindType::Transceiver, metrics);
    }
  }
}

Link::~Link() = default;

void Link::add(net::Loop& loop, IdSource& ids, smpp::BindType type, metrics::Registry& metrics) {
  auto bind = std::make_shared<Bind>(*this, type != smpp::BindType::Receiver);
  bind->client = std::make_unique<smpp::Client>(loop, ids, settings_of(connector_, type), *bind, metrics);
  binds_.push_back(std::move(bind));
}

void Link::start(MessagingService& service) {
  service_ = &service;
  for (const auto& bind : binds_)
    bind->client->start();
}

void Link::stop(std::chrono::milliseconds limit, std::function<void()> done) {
  auto left = std::make_shared<std::size_t>(binds_.size());
  for (const auto& bind : binds_)
    bind->client->stop(limit, [left, done] {
      if (--*left == 0) done();
    });
}

bool Link::same_as(const domain::Connector& connector) const {
  return smpp_connection_of(connector_) == smpp_connection_of(connector);
}

std::size_t Link::binds() const {
  return static_cast<std::size_t>(std::count_if(binds_.begin(), binds_.end(), [](const auto& bind) {
    return bind->transmits && smpp::is_bound(bind->client->state());
  }));
}

std::size_t Link::room() const {
  std::size_t room = 0;
  for (const auto& bind : binds_)
    if (bind->transmits && smpp::is_bound(bind->client->state())) room += bind->client->room();
  return room;
}

void Link::wake() {
  for (const auto& bind : binds_)
    if (bind->client->state() == smpp::SessionState::Closed) bind->client->restart();
}

bool Link::submit(const WirePart& part, WireDone done) {
  Bind* best = nullptr;
  std::size_t most = 0;
  for (const auto& bind : binds_) {
    if (!bind->transmits || !smpp::is_bound(bind->client->state())) continue;
    if (const auto room = bind->client->room(); room > most) {
      most = room;
      best = bind.get();
    }
  }
  if (!best) return false;
  auto pdu = pdu_of(smpp::CommandId::SubmitSm, part, octets_);
  const auto taken = best->client->submit(
      std::move(pdu), [done = std::move(done)](const smpp::Reply& reply) { done(outcome_of(reply)); });
  return taken.has_value();
}

}  // namespace warp::messaging
