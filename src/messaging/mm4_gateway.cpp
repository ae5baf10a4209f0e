#include "warp/messaging/mm4_gateway.h"

#include <algorithm>

#include "mm4_desk.h"
#include "mm4_link.h"

namespace warp::messaging {
namespace {
constexpr std::chrono::milliseconds kMm4Leave{60'000};
}

struct Mm4Gateway::Impl {
  Impl(net::Loop& loop, IdSource& ids, domain::MediaStore& media, Mm4Settings settings, log::Logger& log,
       metrics::Registry& registry)
      : shared{loop, ids, media, std::move(settings), log, registry, Mm4Metrics(registry)},
        desk(shared, [this] { return all(); }),
        server(loop, shared.settings.server, desk, registry) {
    smtp::register_client_metrics(registry);
  }

  Mm4Link* link(ConnectorId id) const {
    const auto found = links.find(id);
    return found == links.end() ? nullptr : found->second.get();
  }
  // Answers may still come to those that leave.
  Mm4Desk::Links all() const {
    Mm4Desk::Links out = leaving;
    for (const auto& [id, link] : links)
      out.push_back(link);
    return out;
  }

  void leave(std::shared_ptr<Mm4Link> link) {
    leaving.push_back(link);
    link->stop(kMm4Leave, [this, alive = std::weak_ptr<char>(shared.life), gone = link.get()] {
      if (!alive.expired()) std::erase_if(leaving, [&](const auto& one) { return one.get() == gone; });
    });
  }

  void update(const Directory& directory) {
    for (auto at = links.begin(); at != links.end();) {
      const auto* connector = directory.connector(at->first);
      const bool stays = connector && connector->enabled &&
                         connector->protocol == domain::ConnectorProtocol::Mm4 &&
                         at->second->same_connection(*connector);
      if (stays) {
        at->second->update(*connector);
        ++at;
        continue;
      }
      auto link = std::move(at->second);
      at = links.erase(at);
      leave(std::move(link));
    }
    for (const auto& connector : directory.catalogue().connectors) {
      if (!connector.enabled || connector.protocol != domain::ConnectorProtocol::Mm4) continue;
      auto& place = links[connector.id];
      if (place) continue;
      place = std::make_shared<Mm4Link>(shared, connector);
      place->start();
    }
  }

  Mm4Shared shared;
  std::unordered_map<ConnectorId, std::shared_ptr<Mm4Link>> links;
  Mm4Desk::Links leaving;
  Mm4Desk desk;
  smtp::Server server;
  bool listening = false;
};

Mm4Gateway::Mm4Gateway(net::Loop& loop, IdSource& ids, domain::MediaStore& media, Mm4Settings settings,
                       log::Logger& log, metrics::Registry& metrics)
    : impl_(std::make_unique<Impl>(loop, ids, media, std::move(settings), log, metrics)) {}

Mm4Gateway::~Mm4Gateway() {
  impl_->shared.life.reset();
}

void Mm4Gateway::attach(UpstreamEvents& events) {
  impl_->shared.events = &events;
}

Result<void, std::string> Mm4Gateway::listen() {
  auto started = impl_->server.start();
  impl_->listening = started.has_value();
  return started;
}

Result<void, std::string> Mm4Gateway::start(std::shared_ptr<const Directory> directory) {
  impl_->desk.open();
  impl_->update(*directory);
  if (impl_->listening) return {};
  return listen();
}

void Mm4Gateway::update(std::shared_ptr<const Directory> directory) {
  impl_->update(*directory);
}

std::vector<domain::SocketAddress> Mm4Gateway::addresses() const {
  return impl_->server.addresses();
}

void Mm4Gateway::drain(std::chrono::milliseconds limit, std::function<void()> done) {
  auto left = std::make_shared<std::size_t>(impl_->links.size() + 1);
  auto one = [left, done = std::move(done)] {
    if (--*left == 0) done();
  };
  impl_->server.drain(limit, one);
  for (const auto& [id, link] : impl_->links)
    link->stop(limit, one);
}

std::size_t Mm4Gateway::binds(ConnectorId connector) const {
  const auto* link = impl_->link(connector);
  return link ? link->binds() : 0;
}
std::size_t Mm4Gateway::room(ConnectorId connector) const {
  const auto* link = impl_->link(connector);
  return link ? link->room() : 0;
}
bool Mm4Gateway::submit(ConnectorId connector, const WirePart& part, WireDone done) {
  auto* link = impl_->link(connector);
  return link && link->submit(part, std::move(done));
}

}  // namespace warp::messaging
