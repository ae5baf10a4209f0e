#include "warp/store/deliveries.h"

#include "delivery_rows.h"
#include "support.h"

#define MATCHING                                                                                \
  " FROM sms.deliveries WHERE ($1::uuid IS NULL OR customer_id = $1) AND ($2::boolean IS NULL " \
  "OR (dead_at IS NOT NULL) = $2)"

namespace warp::store {
namespace {

using Item = DeliveryRepository::Item;
using namespace std::chrono_literals;

constexpr auto kTimeout = 15s;
constexpr pg::Query kCount{"store.delivery.count", "SELECT count(*)" MATCHING, kTimeout};
constexpr pg::Query kList{"store.delivery.list",
                          "SELECT " DELIVERY_COLUMNS ", dead_at" MATCHING " ORDER BY id LIMIT $3 OFFSET $4",
                          kTimeout};
constexpr pg::Query kGet{"store.delivery.get",
                         "SELECT " DELIVERY_COLUMNS ", dead_at FROM sms.deliveries WHERE id = $1"};

const Keyset& keyset() {
  static const Keyset made({.name = "store.delivery.walk",
                            .columns = DELIVERY_COLUMNS ", dead_at",
                            .matching = MATCHING,
                            .params = 2,
                            .id = {"id", "id", "bigint"},
                            .keys = {{"id", "id", "bigint"}, {"created_at", "created_at", "timestamptz"}},
                            .timeout = kTimeout});
  return made;
}

void read_item(pg::RowReader& row, Item& out) {
  read_delivery(row, out.delivery);
  row.next(out.dead_at);
}

}  // namespace

Task<Paged<Item>> DeliveryRepository::list(Actor actor, DeliveryFilter filter, Page page) {
  auto params = pg::Params::of(filter.customer ? filter.customer : actor.customer, filter.dead);
  return ask_list<Item>(pool_, scope_of(actor), kCount, kList, keyset(), std::move(params), page, read_item);
}

Task<Item> DeliveryRepository::get(Actor actor, std::int64_t id) {
  return ask_one<Item>(pool_, scope_of(actor), kGet, pg::Params::of(id), read_item);
}

}  // namespace warp::store
