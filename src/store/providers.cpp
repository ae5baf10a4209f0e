#include "warp/store/providers.h"

#include "support.h"

#define PROVIDER_COLUMNS                                                                               \
  "id, name, description, enabled, rate_plan_id, currency, cps, channels, media_mode, symmetric_rtp, " \
  "inbound, attempt_timeout_ms, strip_digits, add_digits, sip_policy, created_at, updated_at"
#define ADDRESS_COLUMNS "id, provider_id, cidr, port, transport, description, enabled, created_at"

namespace warp::store {
namespace {

constexpr pg::Query kCountProviders{"store.provider.count", "SELECT count(*) FROM routing.providers"};
constexpr pg::Query kListProviders{"store.provider.list",
                                   "SELECT " PROVIDER_COLUMNS
                                   " FROM routing.providers ORDER BY name LIMIT $1 OFFSET $2"};
constexpr pg::Query kGetProvider{"store.provider.get",
                                 "SELECT " PROVIDER_COLUMNS " FROM routing.providers WHERE id = $1"};
constexpr pg::Query kCreateProvider{
    "store.provider.create",
    "INSERT INTO routing.providers (name, description, enabled, rate_plan_id, currency, cps, "
    "channels, media_mode, symmetric_rtp, inbound, attempt_timeout_ms, strip_digits, add_digits, "
    "sip_policy) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) RETURNING " PROVIDER_COLUMNS};
constexpr pg::Query kUpdateProvider{
    "store.provider.update",
    "UPDATE routing.providers SET name = coalesce($2, name), description = coalesce($3, description), "
    "enabled = coalesce($4, enabled), rate_plan_id = CASE WHEN $5::boolean THEN $6::uuid ELSE rate_plan_id "
    "END, "
    "currency = coalesce($7, currency), cps = CASE WHEN $8::boolean THEN $9::integer ELSE cps END, "
    "channels = CASE WHEN $10::boolean THEN $11::integer ELSE channels END, media_mode = coalesce($12, "
    "media_mode), "
    "symmetric_rtp = coalesce($13, symmetric_rtp), inbound = coalesce($14, inbound), "
    "attempt_timeout_ms = coalesce($15, attempt_timeout_ms), strip_digits = coalesce($16, strip_digits), "
    "add_digits = coalesce($17, add_digits), sip_policy = coalesce($18, sip_policy) WHERE id = $1 "
    "RETURNING " PROVIDER_COLUMNS};
constexpr pg::Query kRemoveProvider{
    "store.provider.remove", "DELETE FROM routing.providers WHERE id = $1 RETURNING " PROVIDER_COLUMNS};

constexpr pg::Query kAddresses{
    "store.provider_address.list",
    "SELECT " ADDRESS_COLUMNS
    " FROM routing.provider_addresses WHERE provider_id = $1 ORDER BY cidr, port, transport"};
constexpr pg::Query kAddAddress{
    "store.provider_address.add",
    "INSERT INTO routing.provider_addresses (provider_id, cidr, port, transport, description, enabled) "
    "SELECT id, $2::cidr, $3::integer, $4::text, $5::text, $6::boolean FROM routing.providers WHERE id = $1 "
    "RETURNING " ADDRESS_COLUMNS};
constexpr pg::Query kRemoveAddress{
    "store.provider_address.remove",
    "DELETE FROM routing.provider_addresses WHERE id = $1 AND provider_id = $2 RETURNING " ADDRESS_COLUMNS};

void read_provider(pg::RowReader& row, Provider& out) {
  row.next(out.id);
  row.next(out.name);
  row.next(out.description);
  row.next(out.enabled);
  row.next(out.rate_plan);
  row.next(out.currency);
  row.next(out.cps);
  row.next(out.channels);
  next_named(row, out.media_mode, domain::parse_media_mode);
  row.next(out.symmetric_rtp);
  row.next(out.inbound);
  row.next(out.attempt_timeout_ms);
  row.next(out.strip_digits);
  row.next(out.add_digits);
  row.next(out.sip_policy);
  row.next(out.created_at);
  row.next(out.updated_at);
}

void read_address(pg::RowReader& row, ProviderAddress& out) {
  row.next(out.id);
  row.next(out.provider);
  next_cidr(row, out.cidr);
  next_match(row, out.match);
  row.next(out.description);
  row.next(out.enabled);
  row.next(out.created_at);
}

}  // namespace

Task<Paged<Provider>> ProviderRepository::list(Actor actor, Page page) {
  return ask_page<Provider>(pool_, scope_of(actor), kCountProviders, kListProviders, pg::Params(), page,
                            read_provider);
}

Task<Provider> ProviderRepository::get(Actor actor, ProviderId id) {
  return ask_one<Provider>(pool_, scope_of(actor), kGetProvider, pg::Params::of(id), read_provider);
}

Task<Provider> ProviderRepository::create(Actor actor, NewProvider p) {
  auto params = pg::Params::of(p.name, p.description, p.enabled, p.rate_plan, p.currency, p.cps, p.channels,
                               to_string(p.media_mode), p.symmetric_rtp, p.inbound, p.attempt_timeout_ms,
                               p.strip_digits, p.add_digits, p.sip_policy);
  return ask_one<Provider>(pool_, scope_of(actor), kCreateProvider, std::move(params), read_provider);
}

Task<Provider> ProviderRepository::update(Actor actor, ProviderId id, ProviderPatch p) {
  auto params = pg::Params::of(id, p.name, p.description, p.enabled);
  add_nullable(params, p.rate_plan);
  params.add(p.currency);
  add_nullable(params, p.cps);
  add_nullable(params, p.channels);
  params.add(name_of(p.media_mode)).add(p.symmetric_rtp).add(p.inbound).add(p.attempt_timeout_ms);
  params.add(p.strip_digits).add(p.add_digits).add(p.sip_policy);
  return ask_one<Provider>(pool_, scope_of(actor), kUpdateProvider, std::move(params), read_provider);
}

Task<Provider> ProviderRepository::remove(Actor actor, ProviderId id) {
  return ask_one<Provider>(pool_, scope_of(actor), kRemoveProvider, pg::Params::of(id), read_provider);
}

Task<std::vector<ProviderAddress>> ProviderRepository::addresses(Actor actor, ProviderId provider) {
  return ask_all<ProviderAddress>(pool_, scope_of(actor), kAddresses, pg::Params::of(provider), read_address);
}

Task<ProviderAddress> ProviderRepository::add_address(Actor actor, ProviderId provider,
                                                      domain::SourceAddress source, std::string description,
                                                      bool enabled) {
  auto params = pg::Params::of(provider, source.cidr.to_string());
  add_match(params, source.match);
  params.add(description).add(enabled);
  return ask_one<ProviderAddress>(pool_, scope_of(actor), kAddAddress, std::move(params), read_address);
}

Task<ProviderAddress> ProviderRepository::remove_address(Actor actor, ProviderId provider, Uuid id) {
  return ask_one<ProviderAddress>(pool_, scope_of(actor), kRemoveAddress, pg::Params::of(id, provider),
                                  read_address);
}

}  // namespace warp::store
