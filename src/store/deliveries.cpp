#include "warp/store/deliveries.h"

#include "delivery_rows.h"
#include "support.h"

#define MATCHING_DELIVERIES                                                                     \
  " FROM sms.deliveries WHERE ($1::uuid IS NULL OR customer_id = $1) AND ($2::boolean IS NULL " \
  "OR (dead_at IS NOT NULL) = $2)"

namespace warp::store {
namespace {

using DeliveryItem = DeliveryRepository::Item;
using namespace std::chrono_literals;

constexpr auto kDeliveryTimeout = 15s;
constexpr pg::Query kCountDeliveries{"store.delivery.count", "SELECT count(*)" MATCHING_DELIVERIES,
                                     kDeliveryTimeout};
constexpr pg::Query kListDeliveries{"store.delivery.list",
                                    "SELECT " DELIVERY_COLUMNS ", dead_at" MATCHING_DELIVERIES
                                    " ORDER BY id LIMIT $3 OFFSET $4",
                                    kDeliveryTimeout};
constexpr pg::Query kGetDelivery{"store.delivery.get",
                                 "SELECT " DELIVERY_COLUMNS ", dead_at FROM sms.deliveries WHERE id = $1"};

const Keyset& delivery_keyset() {
  static const Keyset made({.name = "store.delivery.walk",
                            .columns = DELIVERY_COLUMNS ", dead_at",
                            .matching = MATCHING_DELIVERIES,
                            .params = 2,
                            .id = {"id", "id", "bigint"},
                            .keys = {{"id", "id", "bigint"}, {"created_at", "created_at", "timestamptz"}},
                            .timeout = kDeliveryTimeout});
  return made;
}

void read_item(pg::RowReader& row, DeliveryItem& out) {
  read_delivery(row, out.delivery);
  row.next(out.dead_at);
}

}  // namespace

Task<Paged<DeliveryItem>> DeliveryRepository::list(Actor actor, DeliveryFilter filter, Page page) {
  auto params = pg::Params::of(filter.customer ? filter.customer : actor.customer, filter.dead);
  return ask_list<DeliveryItem>(pool_, scope_of(actor), kCountDeliveries, kListDeliveries, delivery_keyset(),
                                std::move(params), page, read_item);
}

Task<DeliveryItem> DeliveryRepository::get(Actor actor, std::int64_t id) {
  return ask_one<DeliveryItem>(pool_, scope_of(actor), kGetDelivery, pg::Params::of(id), read_item);
}

}  // namespace warp::store
