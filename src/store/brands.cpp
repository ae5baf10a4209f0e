#include "warp/store/brands.h"

#include "registry_rows.h"

#define BRAND_COLUMNS                                                                                   \
  "id, customer_id, registry, tcr_brand_id, fields, identity_status, trust_score, vetted, created_at, " \
  "updated_at"
#define MATCHING_BRANDS " FROM sms.brands WHERE ($1::uuid IS NULL OR customer_id = $1)"

namespace warp::store {
namespace {

constexpr pg::Query kCountBrands{"store.brand.count", "SELECT count(*)" MATCHING_BRANDS};
constexpr pg::Query kListBrands{"store.brand.list", "SELECT " BRAND_COLUMNS MATCHING_BRANDS
                                                    " ORDER BY created_at DESC, id DESC LIMIT $2 OFFSET $3"};
constexpr pg::Query kGetBrand{"store.brand.get", "SELECT " BRAND_COLUMNS " FROM sms.brands WHERE id = $1"};
constexpr pg::Query kBrandByRegistryId{"store.brand.by_registry_id",
                                       "SELECT " BRAND_COLUMNS " FROM sms.brands WHERE tcr_brand_id = $1"};
constexpr pg::Query kCreateBrand{"store.brand.create",
                                 "INSERT INTO sms.brands (customer_id, registry, tcr_brand_id, fields, "
                                 "identity_status, trust_score, vetted) "
                                 "VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7) RETURNING " BRAND_COLUMNS};
constexpr pg::Query kWriteBrand{
    "store.brand.write",
    "UPDATE sms.brands SET fields = $2::jsonb, identity_status = $3, trust_score = $4, "
    "vetted = $5 WHERE id = $1 RETURNING " BRAND_COLUMNS};
constexpr pg::Query kExpire{"store.brand.expire_campaigns",
                            "UPDATE sms.campaigns SET status = 'expired', rejection_reason = "
                            "'The brand was deleted.' WHERE brand_id = $1 AND status <> 'expired'"};
constexpr pg::Query kRemoveBrand{"store.brand.remove",
                                 "DELETE FROM sms.brands WHERE id = $1 RETURNING " BRAND_COLUMNS};
constexpr pg::Query kDueBrands{
    "store.brand.due",
    "SELECT " BRAND_COLUMNS
    " FROM sms.brands b LEFT JOIN sms.registry_syncs s ON s.object_id = b.id WHERE b.registry = $1 AND "
    "coalesce(s.synced_at, '-infinity') <= now() - make_interval(secs => CASE WHEN b.identity_status IN "
    "('', 'UNVERIFIED') THEN $2::double precision ELSE $3::double precision END) "
    "ORDER BY s.synced_at NULLS FIRST, b.id LIMIT $4"};
constexpr pg::Query kSynced{"store.brand.synced",
                            "INSERT INTO sms.registry_syncs (object_id, synced_at) VALUES ($1, now()) "
                            "ON CONFLICT (object_id) DO UPDATE SET synced_at = excluded.synced_at"};

void read_brand(pg::RowReader& row, Brand& out) {
  row.next(out.id);
  row.next(out.customer);
  row.next(out.registry);
  row.next(out.registry_id);
  next_document(row, out.fields);
  row.next(out.identity_status);
  row.next(out.trust_score);
  row.next(out.vetted);
  row.next(out.created_at);
  row.next(out.updated_at);
}

Task<Brand> one_brand(pg::Pool& pool, const Actor& actor, const pg::Query& query, pg::Params params) {
  return ask_one<Brand>(pool, scope_of(actor), query, std::move(params), read_brand);
}

}  // namespace

Task<void> note_sync(pg::Pool& pool, Actor actor, Uuid object) {
  auto params = pg::Params::of(object);
  const auto done = co_await pool.query(scope_of(actor), kSynced, std::move(params));
  if (!done) co_return error_of(done.error());
  co_return Expected<void>();
}

bool Brand::take(domain::RegisteredBrand said) {
  bool news = lay_over(fields, said.fields);
  news |= renew(identity_status, std::move(said.identity_status));
  news |= renew(trust_score, said.trust_score);
  news |= renew(vetted, said.vetted);
  return news;
}

Task<Paged<Brand>> BrandRepository::list(Actor actor, std::optional<CustomerId> customer, Page page) {
  return ask_page<Brand>(pool_, scope_of(actor), kCountBrands, kListBrands, pg::Params::of(customer), page,
                         read_brand);
}
Task<Brand> BrandRepository::get(Actor actor, BrandId id) {
  return one_brand(pool_, actor, kGetBrand, pg::Params::of(id));
}
Task<Brand> BrandRepository::by_registry_id(Actor actor, std::string registry_id) {
  return one_brand(pool_, actor, kBrandByRegistryId, pg::Params::of(registry_id));
}
Task<Brand> BrandRepository::create(Actor actor, Brand b) {
  return one_brand(pool_, actor, kCreateBrand,
                   pg::Params::of(b.customer, b.registry, b.registry_id, text_of(b.fields), b.identity_status,
                                  b.trust_score, b.vetted));
}
Task<Brand> BrandRepository::write(Actor actor, Brand b) {
  return one_brand(pool_, actor, kWriteBrand,
                   pg::Params::of(b.id, text_of(b.fields), b.identity_status, b.trust_score, b.vetted));
}

Task<Brand> BrandRepository::remove(Actor actor, BrandId id) {
  std::vector<pg::Statement> statements;
  statements.push_back({&kExpire, pg::Params::of(id)});
  statements.push_back({&kRemoveBrand, pg::Params::of(id)});
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  co_return read_one<Brand>((*answers)[1], read_brand, kRemoveBrand.name);
}

Task<std::vector<Brand>> BrandRepository::due(Actor actor, std::string registry, SyncAges ages,
                                              std::uint32_t most) {
  return ask_all<Brand>(pool_, scope_of(actor), kDueBrands,
                        pg::Params::of(registry, ages.open.count(), ages.settled.count(), most), read_brand);
}
Task<void> BrandRepository::synced(Actor actor, BrandId id) {
  return note_sync(pool_, std::move(actor), id.value);
}

}  // namespace warp::store
