#include "warp/store/dashboard.h"

#include "support.h"

namespace warp::store {
namespace {

constexpr std::chrono::seconds kDashboardTimeout{10};
#define DASHBOARD_TODAY "(now() AT TIME ZONE 'UTC')::date"
#define DASHBOARD_MONTH "date_trunc('month', now() AT TIME ZONE 'UTC')::date"
#define DASHBOARD_LAST_MONTH "(date_trunc('month', now() AT TIME ZONE 'UTC') - interval '1 month')::date"

constexpr pg::Query kDashboardCounts{
    "store.dashboard.counts",
    "SELECT coalesce(sum(attempts) FILTER (WHERE day = " DASHBOARD_TODAY
    "), 0)::bigint, coalesce(sum(attempts), 0)::bigint, "
    "trunc(coalesce(sum(duration_us), 0) / 1000000)::bigint, "
    "(SELECT count(*) FROM trunks.configurations t WHERE $1::uuid IS NULL OR t.customer_id = $1), "
    "(SELECT count(*) FROM numbers.inventory n WHERE n.customer_id IS NOT NULL AND ($1::uuid IS NULL OR "
    "n.customer_id = $1)) FROM records.daily_usage_summary WHERE kind = 'call' AND day >= " DASHBOARD_MONTH
    " AND ($1::uuid IS NULL OR customer_id = $1)",
    kDashboardTimeout};
constexpr pg::Query kDashboardRevenue{
    "store.dashboard.revenue",
    "SELECT currency, coalesce(sum(charge_nanos) FILTER (WHERE day >= " DASHBOARD_MONTH
    "), 0)::bigint, coalesce(sum(charge_nanos) FILTER (WHERE day < least(" DASHBOARD_MONTH
    ", " DASHBOARD_LAST_MONTH " + (" DASHBOARD_TODAY " - " DASHBOARD_MONTH
    " + 1))), 0)::bigint FROM records.daily_usage_summary WHERE currency IS NOT NULL AND day "
    ">= " DASHBOARD_LAST_MONTH
    " AND ($1::uuid IS NULL OR customer_id = $1) GROUP BY currency ORDER BY 2 DESC, 1 LIMIT 100",
    kDashboardTimeout};

void read_revenue(pg::RowReader& row, Dashboard::Revenue& out) {
  row.next(out.currency);
  row.next(out.this_month);
  row.next(out.last_month);
}

}  // namespace

Task<Dashboard> DashboardRepository::read(Actor actor, std::optional<CustomerId> customer) {
  std::vector<pg::Statement> statements;
  statements.push_back({&kDashboardCounts, pg::Params::of(customer)});
  statements.push_back({&kDashboardRevenue, pg::Params::of(customer)});
  const auto answers = co_await pool_.batch(scope_of(actor), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  const auto& counts = (*answers)[0];
  if (counts.empty()) co_return bad_row(kDashboardCounts.name);
  Dashboard out;
  pg::RowReader row(counts[0]);
  row.next(out.calls_today);
  row.next(out.calls_this_month);
  row.next(out.seconds_this_month);
  row.next(out.trunks);
  row.next(out.numbers);
  if (!row.ok()) co_return bad_row(kDashboardCounts.name);
  auto revenue = read_all<Dashboard::Revenue>((*answers)[1], read_revenue, kDashboardRevenue.name);
  if (!revenue) co_return revenue.error();
  out.revenue = std::move(*revenue);
  co_return out;
}

}  // namespace warp::store
