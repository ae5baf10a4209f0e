#include "warp/messaging/smpp_gateway.h"

#include <algorithm>

#include "smpp_gateway_impl.h"

namespace warp::messaging {
namespace {
constexpr std::chrono::milliseconds kSmppLeave{10'000};
}

struct SmppGateway::Impl {
  Impl(net::Loop& l, IdSource& i, smpp::ServerSettings server, log::Logger& lo, metrics::Registry& m)
      : loop(l), ids(i), log(lo), metrics(m), desk(l, std::move(server), lo, m) {}

  Link* link(ConnectorId id) const {
    const auto found = links.find(id);
    return found == links.end() ? nullptr : found->second.get();
  }

  // Kept until its binds are gone: what is open must get its completion.
  void leave(std::unique_ptr<Link> link) {
    auto* leaver = link.get();
    leaving.push_back(std::move(link));
    leaver->stop(kSmppLeave, [this, leaver] {
      // Not from inside its own call.
      loop.post([this, alive = std::weak_ptr<char>(life), leaver] {
        if (!alive.expired()) std::erase_if(leaving, [&](const auto& l) { return l.get() == leaver; });
      });
    });
  }

  void update(std::shared_ptr<const Directory> directory) {
    desk.update(directory);
    for (auto at = links.begin(); at != links.end();) {
      const auto* connector = directory->connector(at->first);
      if (connector && connector->enabled && connector->protocol == domain::ConnectorProtocol::Smpp &&
          at->second->same_as(*connector)) {
        ++at;
        continue;
      }
      leave(std::move(at->second));
      at = links.erase(at);
    }
    for (const auto& connector : directory->catalogue().connectors) {
      if (!connector.enabled || connector.protocol != domain::ConnectorProtocol::Smpp ||
          links.count(connector.id) > 0)
        continue;
      auto& place = links[connector.id];
      place = std::make_unique<Link>(loop, ids, connector, metrics, log);
      place->start(*service);
    }
  }

  net::Loop& loop;
  IdSource& ids;
  log::Logger& log;
  metrics::Registry& metrics;
  MessagingService* service = nullptr;
  bool listening = false;
  std::unordered_map<ConnectorId, std::unique_ptr<Link>> links;
  std::vector<std::unique_ptr<Link>> leaving;
  Desk desk;
  std::shared_ptr<char> life = std::make_shared<char>();  // shared: posted work holds it weakly
};

SmppGateway::SmppGateway(net::Loop& loop, IdSource& ids, smpp::ServerSettings server, log::Logger& log,
                         metrics::Registry& metrics)
    : impl_(std::make_unique<Impl>(loop, ids, std::move(server), log, metrics)) {}

SmppGateway::~SmppGateway() = default;

void SmppGateway::attach(MessagingService& service) {
  impl_->service = &service;
  impl_->desk.attach(service);
}

Result<void, std::string> SmppGateway::listen() {
  auto started = impl_->desk.server().start();
  impl_->listening = started.has_value();
  return started;
}

Result<void, std::string> SmppGateway::start(std::shared_ptr<const Directory> directory) {
  impl_->update(std::move(directory));
  if (impl_->listening) return {};
  return listen();
}

void SmppGateway::update(std::shared_ptr<const Directory> directory) {
  impl_->update(std::move(directory));
}

Result<void, std::string> SmppGateway::reload_tls() {
  return impl_->desk.server().reload_tls();
}

std::vector<domain::SocketAddress> SmppGateway::addresses() const {
  return impl_->desk.server().addresses();
}

void SmppGateway::drain(std::chrono::milliseconds limit, std::function<void()> done) {
  auto left = std::make_shared<std::size_t>(impl_->links.size() + 1);
  auto one = [left, done = std::move(done)] {
    if (--*left == 0) done();
  };
  impl_->desk.server().drain(limit, one);
  for (const auto& [id, link] : impl_->links)
    link->stop(limit, one);
}

std::size_t SmppGateway::binds(ConnectorId connector) const {
  const auto* link = impl_->link(connector);
  return link ? link->binds() : 0;
}
std::size_t SmppGateway::room(ConnectorId connector) const {
  const auto* link = impl_->link(connector);
  return link ? link->room() : 0;
}
void SmppGateway::wake(ConnectorId connector) {
  if (auto* link = impl_->link(connector)) link->wake();
}
bool SmppGateway::submit(ConnectorId connector, const WirePart& part, WireDone done) {
  auto* link = impl_->link(connector);
  return link && link->submit(part, std::move(done));
}
std::size_t SmppGateway::room(EsmeId esme) const {
  return impl_->desk.room(esme);
}
bool SmppGateway::deliver(EsmeId esme, const WirePart& part, WireDone done) {
  return impl_->desk.deliver(esme, part, std::move(done));
}
std::size_t SmppGateway::sessions(EsmeId esme) const {
  return impl_->desk.sessions(esme);
}

}  // namespace warp::messaging
