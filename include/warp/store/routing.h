// Partitions and routes. Operators only.
#pragma once

#include "warp/base/clock.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct Partition {
  PartitionId id;
  std::string name, description;
  std::uint32_t max_attempts = 4;
  WallTime created_at{}, updated_at{};
};
struct NewPartition {
  std::string name, description;
  std::uint32_t max_attempts = 4;
};
struct PartitionPatch {
  std::optional<std::string> name, description;
  std::optional<std::uint32_t> max_attempts;
};

class PartitionRepository {
 public:
  explicit PartitionRepository(pg::Pool& pool) : pool_(pool) {}
  Task<Paged<Partition>> list(Actor actor, Page page);  // by name
  Task<Partition> get(Actor actor, PartitionId id);
  Task<Partition> create(Actor actor, NewPartition partition);
  Task<Partition> update(Actor actor, PartitionId id, PartitionPatch patch);
  Task<Partition> remove(Actor actor,
                         PartitionId id);  // with its routes; InUse while customers are bound to it

 private:
  pg::Pool& pool_;
};

struct Route {
  RouteId id;
  PartitionId partition;
  ProviderId provider;
  std::string prefix;
  std::uint32_t priority = 100, weight = 1;
  bool enabled = true;
  std::string description;
  WallTime created_at{}, updated_at{};
};
struct NewRoute {
  PartitionId partition;
  ProviderId provider;
  std::string prefix;
  std::uint32_t priority = 100, weight = 1;
  bool enabled = true;
  std::string description;
};
struct RoutePatch {
  std::optional<std::string> prefix;
  std::optional<std::uint32_t> priority, weight;
  std::optional<bool> enabled;
  std::optional<std::string> description;
};

class RouteRepository {
 public:
  explicit RouteRepository(pg::Pool& pool) : pool_(pool) {}
  // Of one partition, or of all; by prefix and priority.
  Task<Paged<Route>> list(Actor actor, std::optional<PartitionId> partition, Page page);
  Task<Route> get(Actor actor, RouteId id);
  Task<Route> create(Actor actor, NewRoute route);
  Task<Route> update(Actor actor, RouteId id, RoutePatch patch);
  Task<Route> remove(Actor actor, RouteId id);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
