#include "warp/store/numbers.h"

#include "support.h"

#define NUMBER_COLUMNS                                                                                \
  "e164, customer_id, trunk_id, rate_plan_id, status, type, friendly_name, description, created_at, " \
  "updated_at"
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
    "rate_plan_id = CASE WHEN $7::boolean THEN $8::uuid ELSE rate_plan_id END "
    "WHERE e164 = $1 AND status <> 'released' RETURNING " NUMBER_COLUMNS};
constexpr pg::Query kAssignNumber{
    "store.number.assign",
    "UPDATE numbers.inventory SET customer_id = $2, trunk_id = $3::uuid, "
    "friendly_name = '', description = '', "
    "status = CASE WHEN $3::uuid IS NULL THEN 'held' ELSE 'active' END "
    "WHERE e164 = $1 AND status IN ('available', 'released') RETURNING " NUMBER_COLUMNS};
constexpr pg::Query kReleaseNumber{
    "store.number.release",
    "UPDATE numbers.inventory SET status = 'released', trunk_id = NULL WHERE e164 = $1 "
    "AND status IN ('held', 'active') RETURNING " NUMBER_COLUMNS};
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
  return ask_one<Number>(pool_, scope_of(actor), kUpdateNumber, std::move(params), read_number);
}
Task<Number> NumberRepository::assign(Actor actor, std::string e164, CustomerId customer,
                                      std::optional<TrunkId> trunk) {
  return ask_one<Number>(pool_, scope_of(actor), kAssignNumber, pg::Params::of(e164, customer, trunk),
                         read_number);
}
Task<Number> NumberRepository::release(Actor actor, std::string e164) {
  return ask_one<Number>(pool_, scope_of(actor), kReleaseNumber, pg::Params::of(e164), read_number);
}
Task<Number> NumberRepository::remove(Actor actor, std::string e164) {
  return ask_one<Number>(pool_, scope_of(actor), kRemoveNumber, pg::Params::of(e164), read_number);
}

}  // namespace warp::store
