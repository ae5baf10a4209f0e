#include "warp/store/alarms.h"

#include "support.h"

namespace warp::store {
namespace {

#define ALARM_COLUMNS "id, customer_id, kind, key, details::text, raised_at, cleared_at"
#define ALARM_FILTER                                                                                   \
  " FROM billing.alarms WHERE ($1::uuid IS NULL OR customer_id = $1) AND ($2::text IS NULL OR kind = " \
  "$2) AND ($3 OR cleared_at IS NULL)"

constexpr pg::Query kRaise{
    "store.alarm.raise",
    "INSERT INTO billing.alarms (customer_id, kind, key, details) VALUES ($1::uuid, $2, $3, "
    "$4::jsonb) ON CONFLICT DO NOTHING RETURNING id"};
constexpr pg::Query kCountAlarms{"store.alarm.count", "SELECT count(*)" ALARM_FILTER};
constexpr pg::Query kListAlarms{"store.alarm.list",
                                "SELECT " ALARM_COLUMNS ALARM_FILTER " ORDER BY id DESC LIMIT $4 OFFSET $5"};
constexpr pg::Query kClearAlarms{
    "store.alarm.clear",
    "UPDATE billing.alarms SET cleared_at = now() WHERE id = $1 AND cleared_at IS NULL "
    "RETURNING " ALARM_COLUMNS};

void read_alarm(pg::RowReader& row, Alarm& out) {
  row.next(out.id);
  row.next(out.customer);
  row.next(out.kind);
  row.next(out.key);
  row.next(out.details);
  row.next(out.raised_at);
  row.next(out.cleared_at);
}

}  // namespace

Task<bool> AlarmRepository::raise(std::optional<CustomerId> customer, std::string kind, std::string key,
                                  std::string details_json) {
  auto params = pg::Params::of(customer, kind, key, details_json);
  const auto rows = co_await pool_.query(pg::Scope::operators().by("warpd", ""), kRaise, std::move(params));
  if (!rows) co_return error_of(rows.error());
  co_return !rows->empty();
}

Task<Paged<Alarm>> AlarmRepository::list(Actor actor, Filter filter, Page page) {
  auto params = pg::Params::of(filter.customer, filter.kind, filter.cleared_too);
  return ask_page<Alarm>(pool_, scope_of(actor), kCountAlarms, kListAlarms, std::move(params), page,
                         read_alarm);
}

Task<Alarm> AlarmRepository::clear(Actor actor, std::int64_t id) {
  return ask_one<Alarm>(pool_, scope_of(actor), kClearAlarms, pg::Params::of(id), read_alarm);
}

}  // namespace warp::store
