#include "warp/store/routing.h"

#include "support.h"

#define PARTITION                                                                                      \
  "id, name, description, max_attempts, route_order, match_lrn, quality::text, minimum_margin_nanos, " \
  "minimum_margin_e9, created_at, updated_at"
#define ROUTE                                                                                        \
  "id, partition_id, provider_id, prefix, priority, weight, enabled, description, action, percent, " \
  "ani_prefix, schedule_id, jurisdictions, customer_id, created_at, updated_at"
#define MATCHING_ROUTES " FROM routing.routes WHERE ($1::uuid IS NULL OR partition_id = $1)"

namespace warp::store {
namespace {

constexpr pg::Query kPartitionCount{"store.partition.count", "SELECT count(*) FROM routing.partitions"};
constexpr pg::Query kPartitionList{
    "store.partition.list", "SELECT " PARTITION " FROM routing.partitions ORDER BY name LIMIT $1 OFFSET $2"};
constexpr pg::Query kPartitionGet{"store.partition.get",
                                  "SELECT " PARTITION " FROM routing.partitions WHERE id = $1"};
constexpr pg::Query kPartitionCreate{
    "store.partition.create",
    "INSERT INTO routing.partitions (name, description, max_attempts, route_order, "
    "match_lrn, quality, minimum_margin_nanos, minimum_margin_e9) "
    "VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8) RETURNING " PARTITION};
constexpr pg::Query kPartitionUpdate{
    "store.partition.update",
    "UPDATE routing.partitions SET name = coalesce($2, name), description = coalesce($3, description), "
    "max_attempts = coalesce($4, max_attempts), route_order = coalesce($5, route_order), "
    "match_lrn = coalesce($6, match_lrn), quality = coalesce($7::jsonb, quality), "
    "minimum_margin_nanos = coalesce($8, minimum_margin_nanos), "
    "minimum_margin_e9 = coalesce($9, minimum_margin_e9) WHERE id = $1 RETURNING " PARTITION};
constexpr pg::Query kPartitionRemove{"store.partition.remove",
                                     "DELETE FROM routing.partitions WHERE id = $1 RETURNING " PARTITION};

constexpr pg::Query kRouteCount{"store.route.count", "SELECT count(*)" MATCHING_ROUTES};
constexpr pg::Query kRouteList{"store.route.list",
                               "SELECT " ROUTE MATCHING_ROUTES
                               " ORDER BY partition_id, prefix, priority, id LIMIT $2 OFFSET $3"};
constexpr pg::Query kRouteGet{"store.route.get", "SELECT " ROUTE " FROM routing.routes WHERE id = $1"};
constexpr pg::Query kRouteCreate{
    "store.route.create",
    "INSERT INTO routing.routes (partition_id, provider_id, prefix, priority, weight, enabled, description, "
    "action, percent, ani_prefix, schedule_id, jurisdictions, customer_id) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) RETURNING " ROUTE};
constexpr pg::Query kRouteUpdate{
    "store.route.update",
    "UPDATE routing.routes SET prefix = coalesce($2, prefix), priority = coalesce($3, priority), "
    "weight = coalesce($4, weight), enabled = coalesce($5, enabled), description = coalesce($6, "
    "description), "
    "action = coalesce($7, action), percent = CASE WHEN $8 THEN $9 ELSE percent END, "
    "ani_prefix = coalesce($10, ani_prefix), schedule_id = coalesce($11, schedule_id), "
    "jurisdictions = coalesce($12, jurisdictions), "
    "customer_id = CASE WHEN $13 THEN $14 ELSE customer_id END WHERE id = $1 RETURNING " ROUTE};
constexpr pg::Query kRouteRemove{"store.route.remove",
                                 "DELETE FROM routing.routes WHERE id = $1 RETURNING " ROUTE};

const Keyset& route_keyset() {
  static const Keyset made({.name = "store.route.walk",
                            .columns = ROUTE,
                            .matching = MATCHING_ROUTES,
                            .params = 1,
                            .id = {"id", "id", "uuid"},
                            .keys = {{"prefix", "prefix", "text"},
                                     {"priority", "priority", "integer"},
                                     {"created_at", "created_at", "timestamptz"},
                                     {"updated_at", "updated_at", "timestamptz"}}});
  return made;
}

void read_partition(pg::RowReader& row, Partition& out) {
  row.next(out.id);
  row.next(out.name);
  row.next(out.description);
  row.next(out.max_attempts);
  next_named(row, out.order, domain::parse_route_order);
  row.next(out.match_lrn);
  row.next(out.quality);
  row.next(out.minimum_margin);
  row.next(out.minimum_margin_e9);
  row.next(out.created_at);
  row.next(out.updated_at);
}

void read_route(pg::RowReader& row, Route& out) {
  row.next(out.id);
  row.next(out.partition);
  row.next(out.provider);
  row.next(out.prefix);
  row.next(out.priority);
  row.next(out.weight);
  row.next(out.enabled);
  row.next(out.description);
  next_named(row, out.terms.action, domain::parse_route_action);
  row.next(out.terms.percent);
  row.next(out.terms.ani_prefix);
  row.next(out.terms.schedule);
  row.next(out.terms.jurisdictions);
  row.next(out.terms.customer);
  row.next(out.created_at);
  row.next(out.updated_at);
}

}  // namespace

Task<Paged<Partition>> PartitionRepository::list(Actor actor, Page page) {
  return ask_page<Partition>(pool_, scope_of(actor), kPartitionCount, kPartitionList, pg::Params(), page,
                             read_partition);
}
Task<Partition> PartitionRepository::get(Actor actor, PartitionId id) {
  return ask_one<Partition>(pool_, scope_of(actor), kPartitionGet, pg::Params::of(id), read_partition);
}
Task<Partition> PartitionRepository::create(Actor actor, NewPartition p) {
  return ask_one<Partition>(pool_, scope_of(actor), kPartitionCreate,
                            pg::Params::of(p.name, p.description, p.max_attempts, to_string(p.order),
                                           p.match_lrn, p.quality, p.minimum_margin, p.minimum_margin_e9),
                            read_partition);
}
Task<Partition> PartitionRepository::update(Actor actor, PartitionId id, PartitionPatch p) {
  auto params = pg::Params::of(id, p.name, p.description, p.max_attempts, name_of(p.order), p.match_lrn,
                               p.quality, p.minimum_margin, p.minimum_margin_e9);
  return ask_one<Partition>(pool_, scope_of(actor), kPartitionUpdate, std::move(params), read_partition);
}
Task<Partition> PartitionRepository::remove(Actor actor, PartitionId id) {
  return ask_one<Partition>(pool_, scope_of(actor), kPartitionRemove, pg::Params::of(id), read_partition);
}

Task<Paged<Route>> RouteRepository::list(Actor actor, std::optional<PartitionId> partition, Page page) {
  return ask_list<Route>(pool_, scope_of(actor), kRouteCount, kRouteList, route_keyset(),
                         pg::Params::of(partition), page, read_route);
}
Task<Route> RouteRepository::get(Actor actor, RouteId id) {
  return ask_one<Route>(pool_, scope_of(actor), kRouteGet, pg::Params::of(id), read_route);
}
Task<Route> RouteRepository::create(Actor actor, NewRoute r) {
  const auto& terms = r.terms;
  auto params = pg::Params::of(r.partition, r.provider, r.prefix, r.priority, r.weight, r.enabled,
                               r.description, to_string(terms.action), terms.percent, terms.ani_prefix,
                               terms.schedule, terms.jurisdictions, terms.customer);
  return ask_one<Route>(pool_, scope_of(actor), kRouteCreate, std::move(params), read_route);
}
Task<Route> RouteRepository::update(Actor actor, RouteId id, RoutePatch p) {
  auto params =
      pg::Params::of(id, p.prefix, p.priority, p.weight, p.enabled, p.description, name_of(p.action));
  add_nullable(params, p.percent);
  params.add(p.ani_prefix).add(p.schedule).add(p.jurisdictions);
  add_nullable(params, p.customer);
  return ask_one<Route>(pool_, scope_of(actor), kRouteUpdate, std::move(params), read_route);
}
Task<Route> RouteRepository::remove(Actor actor, RouteId id) {
  return ask_one<Route>(pool_, scope_of(actor), kRouteRemove, pg::Params::of(id), read_route);
}

}  // namespace warp::store
