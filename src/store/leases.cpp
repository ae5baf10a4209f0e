#include "warp/store/leases.h"

#include "support.h"

namespace warp::store {
namespace {

constexpr pg::Query kGrant{"store.lease.grant",
                           "SELECT granted, settled, available, unlimited, status "
                           "FROM billing.grant_lease($1, $2, $3, $4, $5, $6)",
                           std::chrono::milliseconds{2000}};
constexpr pg::Query kShrink{"store.lease.shrink", "SELECT billing.shrink_lease($1, $2, false, $3)",
                            std::chrono::milliseconds{2000}};
constexpr pg::Query kTrim{"store.lease.trim", "SELECT billing.shrink_lease($1, $2, false)"};
constexpr pg::Query kCloseLease{"store.lease.close", "SELECT billing.shrink_lease($1, 0, true)"};
constexpr pg::Query kOpenOf{"store.lease.open_of",
                            "SELECT id, customer_id, process, granted_nanos, settled_nanos FROM "
                            "billing.leases WHERE node = $1 AND closed_at IS NULL"};
constexpr pg::Query kReleaseLease{
    "store.lease.release",
    "SELECT leases, nanos FROM billing.release_leases($1, make_interval(secs => $2::bigint), $3)"};
constexpr pg::Query kAlerts{"store.lease.alerts", "SELECT customer, percent FROM billing.raise_alerts()"};

#define LEASE_FILTER                                                                                   \
  " FROM billing.leases WHERE ($1::uuid IS NULL OR customer_id = $1) AND ($2::text IS NULL OR node = " \
  "$2) AND ($3 OR closed_at IS NULL)"
constexpr pg::Query kCountLeases{"store.lease.count", "SELECT count(*)" LEASE_FILTER};
constexpr pg::Query kListLeases{
    "store.lease.list",
    "SELECT id, customer_id, node, process, granted_nanos, settled_nanos, opened_at, renewed_at, "
    "closed_at" LEASE_FILTER " ORDER BY opened_at DESC, id LIMIT $4 OFFSET $5"};

constexpr std::string_view kLeaseClosed = "55000";

void read_grant(pg::RowReader& row, LeaseGrant& out) {
  row.next(out.granted);
  row.next(out.settled);
  row.next(out.available);
  row.next(out.unlimited);
  row.next(out.status);
}

void read_open(pg::RowReader& row, LeaseRepository::Open& out) {
  row.next(out.lease);
  row.next(out.customer);
  row.next(out.process);
  row.next(out.granted);
  row.next(out.settled);
}

void read_released(pg::RowReader& row, LeaseRepository::Released& out) {
  row.next(out.leases);
  row.next(out.amount);
}

void read_alert(pg::RowReader& row, LeaseRepository::Alert& out) {
  row.next(out.customer);
  row.next(out.percent);
}

void read_item(pg::RowReader& row, LeaseRepository::Item& out) {
  row.next(out.lease);
  row.next(out.customer);
  row.next(out.node);
  row.next(out.process);
  row.next(out.granted);
  row.next(out.settled);
  row.next(out.opened_at);
  row.next(out.renewed_at);
  row.next(out.closed_at);
}

}  // namespace

Task<LeaseGrant> LeaseRepository::grant(domain::LeaseId lease, CustomerId customer, LeaseHolder holder,
                                        Money total, std::int64_t turn) {
  auto params = pg::Params::of(lease, customer, holder.node, holder.process, total, turn);
  const auto rows = co_await pool_.query(daemon_scope(), kGrant, std::move(params));
  if (!rows && rows.error().sqlstate == kLeaseClosed) co_return not_found();
  if (!rows) co_return error_of(rows.error());
  auto granted = read_one<LeaseGrant>(*rows, read_grant, kGrant.name);
  if (granted) granted->lease = lease;
  co_return granted;
}

Task<Money> LeaseRepository::give_back(domain::LeaseId lease, Money granted_total, std::int64_t turn) {
  return ask_one<Money>(pool_, daemon_scope(), kShrink, pg::Params::of(lease, granted_total, turn),
                        read_value<Money>);
}

Task<Money> LeaseRepository::trim(domain::LeaseId lease, Money granted_total) {
  return ask_one<Money>(pool_, daemon_scope(), kTrim, pg::Params::of(lease, granted_total),
                        read_value<Money>);
}

Task<Money> LeaseRepository::close(domain::LeaseId lease) {
  return ask_one<Money>(pool_, daemon_scope(), kCloseLease, pg::Params::of(lease), read_value<Money>);
}

Task<std::vector<LeaseRepository::Open>> LeaseRepository::open_of(std::string node) {
  return ask_all<Open>(pool_, daemon_scope(), kOpenOf, pg::Params::of(node), read_open);
}

Task<LeaseRepository::Released> LeaseRepository::release(Actor actor, std::string node,
                                                         std::chrono::seconds silent,
                                                         std::optional<Uuid> living) {
  return ask_one<Released>(pool_, scope_of(actor), kReleaseLease,
                           pg::Params::of(node, silent.count(), living), read_released);
}

Task<std::vector<LeaseRepository::Alert>> LeaseRepository::raise_alerts() {
  return ask_all<Alert>(pool_, daemon_scope(), kAlerts, pg::Params(), read_alert);
}

Task<Paged<LeaseRepository::Item>> LeaseRepository::list(Actor actor, Filter filter, Page page) {
  auto params = pg::Params::of(filter.customer, filter.node, filter.closed_too);
  return ask_page<Item>(pool_, scope_of(actor), kCountLeases, kListLeases, std::move(params), page,
                        read_item);
}

}  // namespace warp::store
