// Partitions and routes. Operators only.
#pragma once

#include "warp/base/clock.h"
#include "warp/domain/catalogue.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct Partition {
  PartitionId id;
  std::string name, description;
  std::uint32_t max_attempts = 4;
  domain::RouteOrder order = domain::RouteOrder::Cost;
  bool match_lrn = false;
  std::string quality = "{}";  // JSON: floors and weights
  Money minimum_margin;
  std::int64_t minimum_margin_e9 = 0;
  WallTime created_at{}, updated_at{};
};
struct NewPartition {
  std::string name, description;
  std::uint32_t max_attempts = 4;
  domain::RouteOrder order = domain::RouteOrder::Cost;
  bool match_lrn = false;
  std::string quality = "{}";
  Money minimum_margin = {};
  std::int64_t minimum_margin_e9 = 0;
};
struct PartitionPatch {
  std::optional<std::string> name, description;
  std::optional<std::uint32_t> max_attempts;
  std::optional<domain::RouteOrder> order = {};
  std::optional<bool> match_lrn = {};
  std::optional<std::string> quality = {};
  std::optional<Money> minimum_margin = {};
  std::optional<std::int64_t> minimum_margin_e9 = {};
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

// Under what circumstances a route holds, and what it does then.
struct RouteTerms {
  domain::RouteAction action = domain::RouteAction::Offer;
  std::optional<std::uint32_t> percent = {};
  std::string ani_prefix = {};
  std::uint32_t schedule = 0;
  std::uint32_t jurisdictions = domain::kAllJurisdictions;
  std::optional<CustomerId> customer = {};
};

struct Route {
  RouteId id;
  PartitionId partition;
  std::optional<ProviderId> provider;  // none: nobody carries what it blocks
  std::string prefix;
  std::uint32_t priority = 100, weight = 1;
  bool enabled = true;
  std::string description;
  RouteTerms terms;
  WallTime created_at{}, updated_at{};
};
struct NewRoute {
  PartitionId partition;
  std::optional<ProviderId> provider;
  std::string prefix;
  std::uint32_t priority = 100, weight = 1;
  bool enabled = true;
  std::string description;
  RouteTerms terms = {};
};
struct RoutePatch {
  std::optional<std::string> prefix;
  std::optional<std::uint32_t> priority, weight;
  std::optional<bool> enabled;
  std::optional<std::string> description;
  std::optional<domain::RouteAction> action = {};
  Nullable<std::uint32_t> percent = {};
  std::optional<std::string> ani_prefix = {};
  std::optional<std::uint32_t> schedule = {}, jurisdictions = {};
  Nullable<CustomerId> customer = {};
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
