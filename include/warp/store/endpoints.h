// Endpoints: where calls are delivered, of customers' trunks and of providers alike.
#pragma once

#include "warp/base/clock.h"
#include "warp/domain/catalogue.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct Endpoint {
  std::int64_t id = 0;
  Uuid owner;                     // the trunk's or the provider's id
  domain::SocketAddress address;  // as domain::Endpoint has them
  std::string host;
  domain::SipTransport transport = domain::SipTransport::Udp;
  bool any_transport = false;
  std::optional<std::string> raw_uri;  // as it was given, when it was given as a URI
  std::uint32_t priority = 0, weight = 1;
  bool enabled = true;
  std::string description;
  WallTime created_at{}, updated_at{};
};

struct NewEndpoint {
  domain::SocketAddress address;
  std::string host;
  domain::SipTransport transport = domain::SipTransport::Udp;
  bool any_transport = false;
  std::optional<std::string> raw_uri;
  std::uint32_t priority = 0, weight = 1;
  bool enabled = true;
  std::string description;
};

struct EndpointPatch {
  // Host, port and transport together.
  struct Target {
    domain::SocketAddress address;
    std::string host;
    domain::SipTransport transport = domain::SipTransport::Udp;
    bool any_transport = false;
  };
  std::optional<Target> target;
  Nullable<std::string> raw_uri;
  std::optional<std::uint32_t> priority, weight;
  std::optional<bool> enabled;
  std::optional<std::string> description;
};

// NotFound also when the trunk is not there, or not the actor's.
class TrunkEndpointRepository {
 public:
  explicit TrunkEndpointRepository(pg::Pool& pool) : pool_(pool) {}
  Task<std::vector<Endpoint>> list(Actor actor, TrunkId trunk);
  Task<Endpoint> get(Actor actor, TrunkId trunk, std::int64_t id);
  Task<Endpoint> create(Actor actor, TrunkId trunk, NewEndpoint endpoint);
  Task<Endpoint> update(Actor actor, TrunkId trunk, std::int64_t id, EndpointPatch patch);
  Task<Endpoint> remove(Actor actor, TrunkId trunk, std::int64_t id);

 private:
  pg::Pool& pool_;
};

class ProviderEndpointRepository {
 public:
  explicit ProviderEndpointRepository(pg::Pool& pool) : pool_(pool) {}
  Task<std::vector<Endpoint>> list(Actor actor, ProviderId provider);
  Task<Endpoint> get(Actor actor, ProviderId provider, std::int64_t id);
  Task<Endpoint> create(Actor actor, ProviderId provider, NewEndpoint endpoint);
  Task<Endpoint> update(Actor actor, ProviderId provider, std::int64_t id, EndpointPatch patch);
  Task<Endpoint> remove(Actor actor, ProviderId provider, std::int64_t id);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
