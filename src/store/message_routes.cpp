#include "messaging_rewrite.h"
#include "messaging_rows.h"

#define ALL MESSAGE_ROUTE_COLUMNS PROVISIONED_COLUMNS

namespace warp::store {
namespace {

using Item = MessageRouteRepository::Item;

constexpr pg::Query kCount{"store.message_route.count", "SELECT count(*) FROM sms.routes"};
constexpr pg::Query kList{"store.message_route.list",
                          "SELECT " ALL " FROM sms.routes ORDER BY priority, prefix, id LIMIT $1 OFFSET $2"};
constexpr pg::Query kGet{"store.message_route.get", "SELECT " ALL " FROM sms.routes WHERE id = $1"};
constexpr pg::Query kLock{"store.message_route.lock",
                          "SELECT " ALL " FROM sms.routes WHERE id = $1 FOR UPDATE"};
constexpr pg::Query kCreate{"store.message_route.create",
                            "INSERT INTO sms.routes (id, enabled, priority, weight, customer_id, prefix, "
                            "sender, keyword, from_minute, "
                            "to_minute, connector_id, carrier, min_quality, by_quality, description) "
                            "VALUES (coalesce($1::uuid, gen_random_uuid()), $2, $3, $4, $5, $6, "
                            "$7, $8, $9, $10, $11, $12, $13, $14, $15) RETURNING " ALL};
constexpr pg::Query kWrite{
    "store.message_route.write",
    "UPDATE sms.routes SET enabled = $2, priority = $3, weight = $4, customer_id = $5, prefix = $6, sender = "
    "$7, "
    "keyword = $8, from_minute = $9, to_minute = $10, connector_id = $11, carrier = $12, "
    "min_quality = $13, by_quality = $14, description = $15 WHERE id = $1 "
    "RETURNING " ALL};
constexpr pg::Query kRemove{"store.message_route.remove",
                            "DELETE FROM sms.routes WHERE id = $1 RETURNING " ALL};

void read_item(pg::RowReader& row, Item& out) {
  read_message_route(row, out.item);
  read_provisioned(row, out);
}

void add_item(pg::Params& params, const Item& row) {
  const auto& r = row.item;
  params.add(r.enabled).add(r.priority).add(r.weight).add(r.customer).add(r.prefix).add(r.sender);
  params.add(r.keyword).add(r.from_minute).add(r.to_minute).add(r.connector).add(r.carrier);
  params.add(r.min_quality).add(r.by_quality).add(row.description);
}

const Rewritten<domain::MessageRoute> kKind{kLock, kWrite, read_item, add_item};

Task<Item> one(pg::Pool& pool, const Actor& actor, const pg::Query& query, pg::Params params) {
  return ask_one<Item>(pool, scope_of(actor), query, std::move(params), read_item);
}

}  // namespace

Task<Paged<Item>> MessageRouteRepository::list(Actor actor, Page page) {
  return ask_page<Item>(pool_, scope_of(actor), kCount, kList, pg::Params(), page, read_item);
}
Task<Item> MessageRouteRepository::get(Actor actor, MessageRouteId id) {
  return one(pool_, actor, kGet, pg::Params::of(id));
}
Task<Item> MessageRouteRepository::create(Actor actor, domain::MessageRoute route, std::string description) {
  auto params = pg::Params::of(std::nullopt);
  add_item(params, {std::move(route), std::move(description), {}, {}});
  return one(pool_, actor, kCreate, std::move(params));
}
Task<Item> MessageRouteRepository::update(Actor actor, MessageRouteId id,
                                          Change<domain::MessageRoute> change) {
  return rewrite<domain::MessageRoute>(pool_, std::move(actor), id.value, kKind, std::move(change));
}
Task<Item> MessageRouteRepository::remove(Actor actor, MessageRouteId id) {
  return one(pool_, actor, kRemove, pg::Params::of(id));
}

}  // namespace warp::store
