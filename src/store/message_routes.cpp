#include "messaging_rewrite.h"
#include "messaging_rows.h"

#define MESSAGE_ROUTE_ITEM MESSAGE_ROUTE_COLUMNS PROVISIONED_COLUMNS

namespace warp::store {
namespace {

using MessageRouteItem = MessageRouteRepository::Item;

constexpr pg::Query kCountMessageRoutes{"store.message_route.count", "SELECT count(*) FROM sms.routes"};
constexpr pg::Query kListMessageRoutes{"store.message_route.list",
                                       "SELECT " MESSAGE_ROUTE_ITEM
                                       " FROM sms.routes ORDER BY priority, prefix, id LIMIT $1 OFFSET $2"};
constexpr pg::Query kGetMessageRoute{"store.message_route.get",
                                     "SELECT " MESSAGE_ROUTE_ITEM " FROM sms.routes WHERE id = $1"};
constexpr pg::Query kLockMessageRoute{
    "store.message_route.lock", "SELECT " MESSAGE_ROUTE_ITEM " FROM sms.routes WHERE id = $1 FOR UPDATE"};
constexpr pg::Query kCreateMessageRoute{
    "store.message_route.create",
    "INSERT INTO sms.routes (id, enabled, priority, weight, customer_id, prefix, "
    "sender, keyword, from_minute, "
    "to_minute, connector_id, carrier, min_quality, by_quality, description) "
    "VALUES (coalesce($1::uuid, gen_random_uuid()), $2, $3, $4, $5, $6, "
    "$7, $8, $9, $10, $11, $12, $13, $14, $15) RETURNING " MESSAGE_ROUTE_ITEM};
constexpr pg::Query kWriteMessageRoute{
    "store.message_route.write",
    "UPDATE sms.routes SET enabled = $2, priority = $3, weight = $4, customer_id = $5, prefix = $6, sender = "
    "$7, "
    "keyword = $8, from_minute = $9, to_minute = $10, connector_id = $11, carrier = $12, "
    "min_quality = $13, by_quality = $14, description = $15 WHERE id = $1 "
    "RETURNING " MESSAGE_ROUTE_ITEM};
constexpr pg::Query kRemoveMessageRoute{"store.message_route.remove",
                                        "DELETE FROM sms.routes WHERE id = $1 RETURNING " MESSAGE_ROUTE_ITEM};

void read_item(pg::RowReader& row, MessageRouteItem& out) {
  read_message_route(row, out.item);
  read_provisioned(row, out);
}

void add_item(pg::Params& params, const MessageRouteItem& row) {
  const auto& r = row.item;
  params.add(r.enabled).add(r.priority).add(r.weight).add(r.customer).add(r.prefix).add(r.sender);
  params.add(r.keyword).add(r.from_minute).add(r.to_minute).add(r.connector).add(r.carrier);
  params.add(r.min_quality).add(r.by_quality).add(row.description);
}

const Rewritten<domain::MessageRoute> kMessageRouteKind{kLockMessageRoute, kWriteMessageRoute, read_item,
                                                        add_item};

Task<MessageRouteItem> one_message_route(pg::Pool& pool, const Actor& actor, const pg::Query& query,
                                         pg::Params params) {
  return ask_one<MessageRouteItem>(pool, scope_of(actor), query, std::move(params), read_item);
}

}  // namespace

Task<Paged<MessageRouteItem>> MessageRouteRepository::list(Actor actor, Page page) {
  return ask_page<MessageRouteItem>(pool_, scope_of(actor), kCountMessageRoutes, kListMessageRoutes,
                                    pg::Params(), page, read_item);
}
Task<MessageRouteItem> MessageRouteRepository::get(Actor actor, MessageRouteId id) {
  return one_message_route(pool_, actor, kGetMessageRoute, pg::Params::of(id));
}
Task<MessageRouteItem> MessageRouteRepository::create(Actor actor, domain::MessageRoute route,
                                                      std::string description) {
  auto params = pg::Params::of(std::nullopt);
  add_item(params, {std::move(route), std::move(description), {}, {}});
  return one_message_route(pool_, actor, kCreateMessageRoute, std::move(params));
}
Task<MessageRouteItem> MessageRouteRepository::update(Actor actor, MessageRouteId id,
                                                      Change<domain::MessageRoute> change) {
  return rewrite<domain::MessageRoute>(pool_, std::move(actor), id.value, kMessageRouteKind,
                                       std::move(change));
}
Task<MessageRouteItem> MessageRouteRepository::remove(Actor actor, MessageRouteId id) {
  return one_message_route(pool_, actor, kRemoveMessageRoute, pg::Params::of(id));
}

}  // namespace warp::store
