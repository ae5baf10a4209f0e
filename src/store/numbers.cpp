#include "warp/store/numbers.h"

#include "support.h"

#define NUMBER_COLUMNS                                                                                \
  "e164, customer_id, trunk_id, rate_plan_id, status, type, friendly_name, description, created_at, " \
  "updated_at, rate_center, locality, state, assigned_at, monthly_nanos, setup_nanos, poi_locked, "   \
  "cnam_enabled, e911_enabled, cnam_display_name"
#define MATCHING_NUMBERS                                                                          \
  " FROM numbers.inventory WHERE ($1::uuid IS NULL OR customer_id = $1) "                         \
  "AND CASE WHEN $2::text IS NULL THEN status <> 'released' ELSE $2 IN ('all', status) END "      \
  "AND ($3::text IS NULL OR type = $3) AND ($4 = '' OR strpos(e164, $4) > 0 "                     \
  "OR strpos(lower(friendly_name), lower($4)) > 0 OR strpos(lower(description), lower($4)) > 0) " \
  "AND ($5::boolean IS NULL OR (trunk_id IS NOT NULL) = $5) "                                     \
  "AND ($6::boolean IS NULL OR EXISTS (SELECT FROM sms.number_settings s WHERE s.e164 = "         \
  "inventory.e164 AND (s.webhook_url <> '' OR s.esme_id IS NOT NULL)) = $6)"

namespace warp::store {
namespace {

constexpr pg::Query kCountNumbers{"store.number.count", "SELECT count(*)" MATCHING_NUMBERS};
constexpr pg::Query kListNumbers{
    "store.number.list", "SELECT " NUMBER_COLUMNS MATCHING_NUMBERS " ORDER BY e164 LIMIT $7 OFFSET $8"};
constexpr pg::Query kGetNumber{"store.number.get",
                               "SELECT " NUMBER_COLUMNS " FROM numbers.inventory WHERE e164 = $1"};
constexpr pg::Query kCreateNumber{
    "store.number.create",
    "INSERT INTO numbers.inventory (e164, type, customer_id, trunk_id, rate_plan_id, friendly_name, "
    "description, "
    "status) VALUES ($1, $2, $3::uuid, $4::uuid, $5, $6, $7, CASE WHEN $3::uuid IS NULL THEN 'available' "
    "WHEN $4::uuid IS NULL THEN 'held' ELSE 'active' END) RETURNING " NUMBER_COLUMNS};
constexpr pg::Query kUpdateNumber{
    "store.number.update",
    "UPDATE numbers.inventory SET friendly_name = coalesce($2, friendly_name), "
    "description = coalesce($3, description), "
    "status = coalesce($4, CASE WHEN $5::boolean AND $6::uuid IS NOT NULL AND status = 'held' THEN 'active' "
    "ELSE status END), trunk_id = CASE WHEN $5::boolean THEN $6::uuid ELSE trunk_id END, "
    "rate_plan_id = CASE WHEN $7::boolean THEN $8::uuid ELSE rate_plan_id END, "
    "cnam_enabled = coalesce($9, cnam_enabled), e911_enabled = coalesce($10, e911_enabled), "
    "cnam_display_name = coalesce($11, cnam_display_name) "
    "WHERE e164 = $1 AND status <> 'released' RETURNING " NUMBER_COLUMNS};
constexpr pg::Query kTakeNumber{"store.number.take",
                                "SELECT numbers.take($1::uuid, $2, $3::uuid, $4, $5, $6)"};
constexpr pg::Query kStockNumber{
    "store.number.stock",
    "INSERT INTO numbers.inventory (e164, type, rate_center, locality, state, lata, monthly_nanos, "
    "setup_nanos) "
    "VALUES ($1, $2, $3, $4, $5, nullif($6::integer, 0), $7, $8) ON CONFLICT DO NOTHING"};
constexpr pg::Query kReleaseNumber{"store.number.release", "SELECT numbers.release($1::uuid, $2)"};
constexpr pg::Query kRemoveNumber{"store.number.remove",
                                  "DELETE FROM numbers.inventory WHERE e164 = $1 RETURNING " NUMBER_COLUMNS};

void read_number(pg::RowReader& row, Number& out) {
  row.next(out.e164);
  row.next(out.customer);
  row.next(out.trunk);
  row.next(out.rate_plan);
  row.next(out.status);
  row.next(out.type);
  row.next(out.friendly_name);
  row.next(out.description);
  row.next(out.created_at);
  row.next(out.updated_at);
  row.next(out.rate_center);
  row.next(out.locality);
  row.next(out.state);
  row.next(out.assigned_at);
  row.next(out.monthly);
  row.next(out.setup);
  row.next(out.poi_locked);
  row.next(out.cnam_enabled);
  row.next(out.e911_enabled);
  row.next(out.cnam_display_name);
}

void read_code(pg::RowReader& row, std::string& out) {
  row.next(out);
}

Task<Number> forbidden(std::string why) {
  co_return Error{ErrorKind::Forbidden, std::move(why), {}};
}

}  // namespace

Task<Paged<Number>> NumberRepository::list(Actor actor, NumberFilter f, Page page) {
  auto params = pg::Params::of(f.customer, f.status, f.type, f.search, f.routed, f.messaged);
  return ask_page<Number>(pool_, scope_of(actor), kCountNumbers, kListNumbers, std::move(params), page,
                          read_number);
}
Task<Number> NumberRepository::get(Actor actor, std::string e164) {
  return ask_one<Number>(pool_, scope_of(actor), kGetNumber, pg::Params::of(e164), read_number);
}
Task<Number> NumberRepository::create(Actor actor, NewNumber n) {
  auto params =
      pg::Params::of(n.e164, n.type, n.customer, n.trunk, n.rate_plan, n.friendly_name, n.description);
  return ask_one<Number>(pool_, scope_of(actor), kCreateNumber, std::move(params), read_number);
}
Task<Number> NumberRepository::update(Actor actor, std::string e164, NumberPatch p) {
  if (actor.customer && p.rate_plan) return forbidden("a tenant does not set what it pays");
  auto params = pg::Params::of(e164, p.friendly_name, p.description, p.status);
  add_nullable(params, p.trunk);
  add_nullable(params, p.rate_plan);
  params.add(p.cnam_enabled).add(p.e911_enabled).add(p.cnam_display_name);
  return ask_one<Number>(pool_, scope_of(actor), kUpdateNumber, std::move(params), read_number);
}
Task<std::string> NumberRepository::take(Actor actor, NumberWish w) {
  auto params = pg::Params::of(w.customer, w.e164, w.trunk, w.friendly_name, w.description, w.reference);
  return ask_one<std::string>(pool_, scope_of(actor), kTakeNumber, std::move(params), read_code);
}
Task<bool> NumberRepository::stock(Actor actor, domain::StockNumber n) {
  auto params =
      pg::Params::of(n.e164, n.type, n.rate_center, n.locality, n.state, n.lata, n.monthly, n.setup);
  const auto done = co_await pool_.query(scope_of(actor), kStockNumber, std::move(params));
  if (!done) co_return error_of(done.error());
  co_return done->affected() == 1;
}
Task<std::string> NumberRepository::release(Actor actor, std::string e164,
                                            std::optional<CustomerId> customer) {
  return ask_one<std::string>(pool_, scope_of(actor), kReleaseNumber, pg::Params::of(customer, e164),
                              read_code);
}
Task<Number> NumberRepository::remove(Actor actor, std::string e164) {
  return ask_one<Number>(pool_, scope_of(actor), kRemoveNumber, pg::Params::of(e164), read_number);
}

}  // namespace warp::store
