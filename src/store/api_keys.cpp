#include "warp/store/api_keys.h"

#include "support.h"

#define API_KEY_COLUMNS                                                                                 \
  "id, customer_id, name, prefix, scopes, test, step_up_exempt, created_by, created_at, last_used_at, " \
  "expires_at, revoked_at, allowed_ips::text[], CASE WHEN previous_until > now() THEN previous_until END"
#define OPERATOR_COLUMNS                                                                               \
  "id, NULL::uuid, name, prefix, scopes, prefix LIKE 'rk\\_test\\_%', false, created_by, created_at, " \
  "last_used_at, expires_at, revoked_at, allowed_ips::text[], "                                        \
  "CASE WHEN previous_until > now() THEN previous_until END"
// Of the secret that was asked for, when it is the one before.
#define SUPERSEDED "CASE WHEN secret_hash = $1 THEN NULL ELSE previous_until END"
#define OF_SECRET "(secret_hash = $1 OR (previous_hash = $1 AND previous_until > now()))"

namespace warp::store {
namespace {

constexpr pg::Query kFind{"store.api_key.find",
                          "SELECT " API_KEY_COLUMNS
                          ", (SELECT a.status = 'ACTIVE' FROM customers.accounts a "
                          "WHERE a.id = customer_id), " SUPERSEDED " FROM customers.api_keys WHERE " OF_SECRET
                          " UNION ALL SELECT " OPERATOR_COLUMNS ", true, " SUPERSEDED
                          " FROM operators.api_keys WHERE " OF_SECRET};
constexpr pg::Query kTouchCustomers{
    "store.api_key.touch", "UPDATE customers.api_keys SET last_used_at = now() WHERE id = ANY ($1::uuid[])"};
constexpr pg::Query kTouchOperators{
    "store.api_key.touch_operators",
    "UPDATE operators.api_keys SET last_used_at = now() WHERE id = ANY ($1::uuid[])"};
constexpr pg::Query kRecord{
    "store.api_key.record",
    "SELECT audit.append($1, $2, $3, $4, NULL, nullif($5, '')::inet, $6) WHERE NOT EXISTS ("
    "SELECT FROM audit.events e WHERE e.object_type = $3 AND e.object_id = $4 "
    "AND e.event = $2 AND e.ip IS NOT DISTINCT FROM nullif($5, '')::inet "
    "AND e.at >= date_trunc('day', now()))"};

constexpr pg::Query kListApiKeys{
    "store.api_key.list",
    "SELECT " API_KEY_COLUMNS
    " FROM customers.api_keys WHERE customer_id = $1 AND ($2::boolean OR revoked_at IS NULL) "
    "ORDER BY created_at DESC, id"};
constexpr pg::Query kListOperators{"store.api_key.list_operators",
                                   "SELECT " OPERATOR_COLUMNS
                                   " FROM operators.api_keys WHERE $1::boolean OR revoked_at IS NULL "
                                   "ORDER BY created_at DESC, id"};
constexpr pg::Query kGetApiKey{"store.api_key.get",
                               "SELECT " API_KEY_COLUMNS
                               " FROM customers.api_keys WHERE id = $1 AND customer_id = $2"};
constexpr pg::Query kGetOperator{"store.api_key.get_operator",
                                 "SELECT " OPERATOR_COLUMNS " FROM operators.api_keys WHERE id = $1"};
constexpr pg::Query kCreateApiKey{
    "store.api_key.create",
    "INSERT INTO customers.api_keys (customer_id, name, prefix, secret_hash, scopes, "
    "step_up_exempt, expires_at, created_by, allowed_ips) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, "
    "$9::text[]::cidr[]) "
    "RETURNING " API_KEY_COLUMNS};
constexpr pg::Query kCreateOperator{
    "store.api_key.create_operator",
    "INSERT INTO operators.api_keys (name, prefix, secret_hash, scopes, expires_at, "
    "created_by, allowed_ips) VALUES ($1, $2, $3, $4, $5, $6, $7::text[]::cidr[]) "
    "RETURNING " OPERATOR_COLUMNS};
constexpr pg::Query kRevoke{"store.api_key.revoke",
                            "UPDATE customers.api_keys SET revoked_at = coalesce(revoked_at, now()) "
                            "WHERE id = $1 AND customer_id = $2 RETURNING " API_KEY_COLUMNS};
constexpr pg::Query kRevokeOperator{"store.api_key.revoke_operator",
                                    "UPDATE operators.api_keys SET revoked_at = coalesce(revoked_at, now()) "
                                    "WHERE id = $1 RETURNING " OPERATOR_COLUMNS};
#define CHANGES                                                                                       \
  "name = coalesce($2, name), scopes = coalesce($3::text[], scopes), "                                \
  "allowed_ips = coalesce($4::text[]::cidr[], allowed_ips), expires_at = CASE WHEN $5::boolean THEN " \
  "$6::timestamptz ELSE expires_at END WHERE id = $1 AND revoked_at IS NULL"
constexpr pg::Query kUpdateApiKey{"store.api_key.update", "UPDATE customers.api_keys SET " CHANGES
                                                          " AND customer_id = $7 RETURNING " API_KEY_COLUMNS};
constexpr pg::Query kUpdateOperatorKey{
    "store.api_key.update_operator", "UPDATE operators.api_keys SET " CHANGES " RETURNING " OPERATOR_COLUMNS};
#undef CHANGES
#define REPLACED                                                                                             \
  "prefix = $2, secret_hash = $3, previous_hash = CASE WHEN $4::double precision > 0 THEN secret_hash END, " \
  "previous_until = "                                                                                        \
  "CASE WHEN $4::double precision > 0 THEN now() + make_interval(secs => $4) END WHERE id = $1 AND "         \
  "revoked_at IS NULL"
constexpr pg::Query kRotateApiKey{"store.api_key.rotate", "UPDATE customers.api_keys SET " REPLACED
                                                          " AND customer_id = $5 RETURNING " API_KEY_COLUMNS};
constexpr pg::Query kRotateOperator{"store.api_key.rotate_operator",
                                    "UPDATE operators.api_keys SET " REPLACED " RETURNING " OPERATOR_COLUMNS};
#undef REPLACED
constexpr pg::Query kAuditApiKey{
    "store.api_key.audit",
    "SELECT id, object_id::uuid, customer_id, CASE WHEN event = 'insert' THEN 'create' "
    "WHEN event = 'update' AND before ->> 'revoked_at' IS NULL AND after ->> 'revoked_at' IS NOT NULL THEN "
    "'revoke' "
    "WHEN event = 'update' AND before ->> 'prefix' <> after ->> 'prefix' THEN 'rotate' ELSE event END, "
    "actor, host(ip), user_agent, at FROM audit.events "
    "WHERE object_type = CASE WHEN $1::uuid IS NULL THEN 'operator_api_key' ELSE 'api_key' END "
    "AND customer_id IS NOT DISTINCT FROM $1::uuid AND ($2::text IS NULL OR object_id = $2::text) "
    "ORDER BY id DESC LIMIT 100"};

void read_key(pg::RowReader& row, ApiKey& out) {
  row.next(out.id);
  row.next(out.customer);
  row.next(out.name);
  row.next(out.prefix);
  row.next(out.scopes);
  row.next(out.test);
  row.next(out.step_up_exempt);
  row.next(out.created_by);
  row.next(out.created_at);
  row.next(out.last_used_at);
  row.next(out.expires_at);
  row.next(out.revoked_at);
  row.next(out.allowed_ips);
  row.next(out.previous_until);
}

void read_found(pg::RowReader& row, ApiKeyRepository::Found& out) {
  read_key(row, out.key);
  row.next(out.customer_active);
  row.next(out.superseded_at);
}

void read_event(pg::RowReader& row, ApiKeyEvent& out) {
  row.next(out.id);
  row.next(out.key);
  row.next(out.customer);
  row.next(out.event);
  row.next(out.actor);
  row.next(out.ip);
  row.next(out.user_agent);
  row.next(out.created_at);
}

}  // namespace

Task<ApiKeyRepository::Found> ApiKeyRepository::find(KeyHash secret_hash) {
  pg::Params params;
  params.add_octets(secret_hash);
  return ask_one<Found>(pool_, pg::Scope::operators(), kFind, std::move(params), read_found);
}

Task<void> ApiKeyRepository::touch(std::vector<Uuid> keys) {
  std::vector<std::string> ids;
  for (const auto& key : keys)
    ids.push_back(key.to_string());
  std::vector<pg::Statement> statements;
  statements.push_back({&kTouchCustomers, pg::Params::of(ids)});
  statements.push_back({&kTouchOperators, pg::Params::of(ids)});
  const auto done = co_await pool_.batch(pg::Scope::operators(), std::move(statements));
  if (!done) co_return error_of(done.error());
  co_return Expected<void>();
}

Task<void> ApiKeyRepository::record(Actor actor, ApiKey key, std::string event, std::string ip,
                                    std::string user_agent) {
  auto params = pg::Params::of(key.customer, event, key.customer ? "api_key" : "operator_api_key", key.id, ip,
                               user_agent);
  auto scope = pg::Scope::operators().by(std::move(actor.who), std::move(actor.request_id));
  const auto done = co_await pool_.query(std::move(scope), kRecord, std::move(params));
  if (!done) co_return error_of(done.error());
  co_return Expected<void>();
}

Task<std::vector<ApiKey>> ApiKeyRepository::list(Actor actor, std::optional<CustomerId> customer,
                                                 bool include_revoked) {
  if (!customer)
    return ask_all<ApiKey>(pool_, scope_of(actor), kListOperators, pg::Params::of(include_revoked), read_key);
  return ask_all<ApiKey>(pool_, scope_of(actor), kListApiKeys, pg::Params::of(*customer, include_revoked),
                         read_key);
}

Task<ApiKey> ApiKeyRepository::get(Actor actor, std::optional<CustomerId> customer, Uuid id) {
  if (!customer) return ask_one<ApiKey>(pool_, scope_of(actor), kGetOperator, pg::Params::of(id), read_key);
  return ask_one<ApiKey>(pool_, scope_of(actor), kGetApiKey, pg::Params::of(id, *customer), read_key);
}

Task<ApiKey> ApiKeyRepository::create(Actor actor, NewApiKey key) {
  pg::Params params;
  if (key.customer) params.add(*key.customer);
  params.add(key.name).add(key.prefix).add_octets(key.secret_hash).add(key.scopes);
  if (key.customer) params.add(key.step_up_exempt);
  params.add(key.expires_at).add(actor.who).add(key.allowed_ips);
  return ask_one<ApiKey>(pool_, scope_of(actor), key.customer ? kCreateApiKey : kCreateOperator,
                         std::move(params), read_key);
}

Task<ApiKey> ApiKeyRepository::revoke(Actor actor, std::optional<CustomerId> customer, Uuid id) {
  if (!customer)
    return ask_one<ApiKey>(pool_, scope_of(actor), kRevokeOperator, pg::Params::of(id), read_key);
  return ask_one<ApiKey>(pool_, scope_of(actor), kRevoke, pg::Params::of(id, *customer), read_key);
}

Task<ApiKey> ApiKeyRepository::update(Actor actor, std::optional<CustomerId> customer, Uuid id,
                                      ApiKeyPatch patch) {
  auto params = pg::Params::of(id, patch.name, patch.scopes, patch.allowed_ips);
  add_nullable(params, patch.expires_at);
  if (customer) params.add(*customer);
  return ask_one<ApiKey>(pool_, scope_of(actor), customer ? kUpdateApiKey : kUpdateOperatorKey,
                         std::move(params), read_key);
}

Task<ApiKey> ApiKeyRepository::rotate(Actor actor, std::optional<CustomerId> customer, Uuid id,
                                      std::string prefix, KeyHash secret_hash, std::chrono::seconds overlap) {
  auto params = pg::Params::of(id, prefix);
  params.add_octets(secret_hash).add(overlap.count());
  if (customer) params.add(*customer);
  return ask_one<ApiKey>(pool_, scope_of(actor), customer ? kRotateApiKey : kRotateOperator,
                         std::move(params), read_key);
}

Task<std::vector<ApiKeyEvent>> ApiKeyRepository::audit(Actor actor, std::optional<CustomerId> customer,
                                                       std::optional<Uuid> key) {
  return ask_all<ApiKeyEvent>(pool_, scope_of(actor), kAuditApiKey, pg::Params::of(customer, key),
                              read_event);
}

}  // namespace warp::store
