#include "warp/store/endpoints.h"

#include "endpoint_columns.h"

#define ENDPOINT_COLUMNS(owner) \
  "e.id, e." owner                                                                    \
  ", " ENDPOINT_TARGET("e.") ", e.raw_uri, e.priority, e.weight, e.enabled, "          \
  "e.description, e.created_at, e.updated_at"
#define LIST(table, owner)                                                       \
  "SELECT " ENDPOINT_COLUMNS(owner) " FROM " table " e WHERE e." owner           \
                                    " = $1 ORDER BY e.priority, e.weight DESC, " \
                                    "e.id"
#define GET(table, owner) \
  "SELECT " ENDPOINT_COLUMNS(owner) " FROM " table " e WHERE e." owner " = $1 AND e.id = $2"
#define UPDATE(table, owner)                                                                            \
  "UPDATE " table                                                                                       \
  " AS e SET host = CASE WHEN $5::text IS NULL THEN host ELSE $3::inet END, "                           \
  "hostname = CASE WHEN $5::text IS NULL THEN hostname ELSE $12::text END, "                            \
  "port = CASE WHEN $5::text IS NULL THEN port ELSE $4::integer END, "                                  \
  "transport = coalesce($5::text, transport), "                                                         \
  "raw_uri = CASE WHEN $6::boolean THEN $7::text ELSE raw_uri END, priority = coalesce($8, priority), " \
  "weight = coalesce($9, weight), enabled = coalesce($10, enabled), description = coalesce($11, "       \
  "description) "                                                                                       \
  "WHERE e." owner " = $1 AND e.id = $2 RETURNING " ENDPOINT_COLUMNS(owner)
#define REMOVE(table, owner) \
  "DELETE FROM " table " AS e WHERE e." owner " = $1 AND e.id = $2 RETURNING " ENDPOINT_COLUMNS(owner)

namespace warp::store {
namespace {

struct Queries {
  pg::Query parent, list, get, create, update, remove;
};

constexpr Queries kEndpointTrunk{
    {"store.trunk_endpoint.parent", "SELECT id FROM trunks.configurations WHERE id = $1"},
    {"store.trunk_endpoint.list", LIST("trunks.endpoints", "trunk_id")},
    {"store.trunk_endpoint.get", GET("trunks.endpoints", "trunk_id")},
    {"store.trunk_endpoint.create",
     "INSERT INTO trunks.endpoints AS e (customer_id, trunk_id, host, port, transport, raw_uri, priority, "
     "weight, enabled, description, hostname) SELECT customer_id, id, $2::inet, $3::integer, $4, $5, "
     "$6::integer, $7::integer, $8::boolean, $9, $10::text FROM trunks.configurations WHERE id = $1 "
     "RETURNING " ENDPOINT_COLUMNS("trunk_id")},
    {"store.trunk_endpoint.update", UPDATE("trunks.endpoints", "trunk_id")},
    {"store.trunk_endpoint.remove", REMOVE("trunks.endpoints", "trunk_id")}};

constexpr Queries kProvider{
    {"store.provider_endpoint.parent", "SELECT id FROM routing.providers WHERE id = $1"},
    {"store.provider_endpoint.list", LIST("routing.provider_endpoints", "provider_id")},
    {"store.provider_endpoint.get", GET("routing.provider_endpoints", "provider_id")},
    {"store.provider_endpoint.create",
     "INSERT INTO routing.provider_endpoints AS e (provider_id, host, port, transport, raw_uri, priority, "
     "weight, enabled, description, hostname) SELECT id, $2::inet, $3::integer, $4, $5, $6::integer, "
     "$7::integer, $8::boolean, $9, $10::text FROM routing.providers WHERE id = $1 "
     "RETURNING " ENDPOINT_COLUMNS("provider_id")},
    {"store.provider_endpoint.update", UPDATE("routing.provider_endpoints", "provider_id")},
    {"store.provider_endpoint.remove", REMOVE("routing.provider_endpoints", "provider_id")}};

void read_endpoint(pg::RowReader& row, Endpoint& out) {
  row.next(out.id);
  row.next(out.owner);
  next_endpoint_target(row, out);
  row.next(out.raw_uri);
  row.next(out.priority);
  row.next(out.weight);
  row.next(out.enabled);
  row.next(out.description);
  row.next(out.created_at);
  row.next(out.updated_at);
}

Task<std::vector<Endpoint>> list_of(pg::Pool& pool, const Queries& queries, Actor actor, Uuid owner) {
  std::vector<pg::Statement> statements;
  statements.push_back({&queries.parent, pg::Params::of(owner)});
  statements.push_back({&queries.list, pg::Params::of(owner)});
  const auto answers = co_await pool.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  if ((*answers)[0].empty()) co_return not_found();
  co_return read_all<Endpoint>((*answers)[1], read_endpoint, queries.list.name);
}

Task<Endpoint> one_endpoint(pg::Pool& pool, const pg::Query& query, const Actor& actor, pg::Params params) {
  return ask_one<Endpoint>(pool, scope_of(actor), query, std::move(params), read_endpoint);
}

// Of an endpoint or of a change to one: what stands in host, port and transport, and in hostname.
template <class Target>
void add_address(pg::Params& params, const Target& target) {
  if (target.host.empty())
    params.add(target.address.ip.to_string());
  else
    params.add(std::nullopt);
  if (target.address.port == 0)
    params.add(std::nullopt);
  else
    params.add(target.address.port);
  params.add(target.any_transport ? domain::kAnyTransport : to_string(target.transport));
}
void add_host(pg::Params& params, const std::string& host) {
  if (host.empty())
    params.add(std::nullopt);
  else
    params.add(host);
}

pg::Params create_params(Uuid owner, const NewEndpoint& e) {
  auto params = pg::Params::of(owner);
  add_address(params, e);
  params.add(e.raw_uri).add(e.priority).add(e.weight).add(e.enabled).add(e.description);
  add_host(params, e.host);
  return params;
}

pg::Params update_params(Uuid owner, std::int64_t id, const EndpointPatch& p) {
  auto params = pg::Params::of(owner, id);
  if (p.target)
    add_address(params, *p.target);
  else
    params.add(std::nullopt).add(std::nullopt).add(std::nullopt);
  add_nullable(params, p.raw_uri);
  params.add(p.priority).add(p.weight).add(p.enabled).add(p.description);
  add_host(params, p.target ? p.target->host : std::string());
  return params;
}

}  // namespace

Task<std::vector<Endpoint>> TrunkEndpointRepository::list(Actor actor, TrunkId trunk) {
  return list_of(pool_, kEndpointTrunk, std::move(actor), trunk.value);
}
Task<Endpoint> TrunkEndpointRepository::get(Actor actor, TrunkId trunk, std::int64_t id) {
  return one_endpoint(pool_, kEndpointTrunk.get, actor, pg::Params::of(trunk, id));
}
Task<Endpoint> TrunkEndpointRepository::create(Actor actor, TrunkId trunk, NewEndpoint endpoint) {
  return one_endpoint(pool_, kEndpointTrunk.create, actor, create_params(trunk.value, endpoint));
}
Task<Endpoint> TrunkEndpointRepository::update(Actor actor, TrunkId trunk, std::int64_t id,
                                               EndpointPatch patch) {
  return one_endpoint(pool_, kEndpointTrunk.update, actor, update_params(trunk.value, id, patch));
}
Task<Endpoint> TrunkEndpointRepository::remove(Actor actor, TrunkId trunk, std::int64_t id) {
  return one_endpoint(pool_, kEndpointTrunk.remove, actor, pg::Params::of(trunk, id));
}

Task<std::vector<Endpoint>> ProviderEndpointRepository::list(Actor actor, ProviderId provider) {
  return list_of(pool_, kProvider, std::move(actor), provider.value);
}
Task<Endpoint> ProviderEndpointRepository::get(Actor actor, ProviderId provider, std::int64_t id) {
  return one_endpoint(pool_, kProvider.get, actor, pg::Params::of(provider, id));
}
Task<Endpoint> ProviderEndpointRepository::create(Actor actor, ProviderId provider, NewEndpoint endpoint) {
  return one_endpoint(pool_, kProvider.create, actor, create_params(provider.value, endpoint));
}
Task<Endpoint> ProviderEndpointRepository::update(Actor actor, ProviderId provider, std::int64_t id,
                                                  EndpointPatch patch) {
  return one_endpoint(pool_, kProvider.update, actor, update_params(provider.value, id, patch));
}
Task<Endpoint> ProviderEndpointRepository::remove(Actor actor, ProviderId provider, std::int64_t id) {
  return one_endpoint(pool_, kProvider.remove, actor, pg::Params::of(provider, id));
}

}  // namespace warp::store
