#include "warp/store/usage.h"

#include <array>

#include "support.h"

#define SUMS(KEY)                                                                                      \
  "SELECT coalesce(" KEY                                                                               \
  "::text, ''), currency, sum(attempts)::bigint, sum(answered)::bigint, sum(network_ok)::bigint, "     \
  "sum(short_calls)::bigint, trunc(sum(duration_us) / 1000000)::bigint, sum(billed_seconds)::bigint, " \
  "sum(pdd_ms)::bigint, sum(pdd_calls)::bigint, sum(units)::bigint, sum(charge_nanos)::bigint, "       \
  "sum(cost_nanos)::bigint, sum(margin_nanos)::bigint FROM records.daily_usage_summary "               \
  "WHERE day >= $1::date AND day < $2::date AND ($3::uuid IS NULL OR customer_id = $3) "               \
  "AND ($4::uuid IS NULL OR trunk_id = $4) AND ($5::text IS NULL OR direction = $5) "                  \
  "AND ($6::text IS NULL OR kind = $6) GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 10000"

namespace warp::store {
namespace {

constexpr std::chrono::seconds kUsageTimeout{15};

// In the order of UsageGroup.
constexpr std::array<pg::Query, 6> kUsageSums{
    {{"store.usage.by_customer", SUMS("customer_id"), kUsageTimeout},
     {"store.usage.by_trunk", SUMS("trunk_id"), kUsageTimeout},
     {"store.usage.by_provider", SUMS("provider_id"), kUsageTimeout},
     {"store.usage.by_prefix", SUMS("prefix"), kUsageTimeout},
     {"store.usage.by_jurisdiction", SUMS("jurisdiction"), kUsageTimeout},
     {"store.usage.by_day", SUMS("day"), kUsageTimeout}}};
constexpr std::array<std::string_view, 6> kUsageNames{"customer", "trunk",        "provider",
                                                      "prefix",   "jurisdiction", "day"};

void read_usage(pg::RowReader& row, Usage& out) {
  row.next(out.key);
  row.next(out.currency);
  row.next(out.attempts);
  row.next(out.answered);
  row.next(out.network_ok);
  row.next(out.short_calls);
  row.next(out.seconds);
  row.next(out.billed_seconds);
  row.next(out.pdd_ms);
  row.next(out.pdd_calls);
  row.next(out.units);
  row.next(out.charge);
  row.next(out.cost);
  row.next(out.margin);
}

}  // namespace

std::string_view to_string(UsageGroup group) {
  return kUsageNames[static_cast<std::size_t>(group)];
}

std::optional<UsageGroup> parse_usage_group(std::string_view text) {
  for (std::size_t i = 0; i < kUsageNames.size(); ++i)
    if (kUsageNames[i] == text) return static_cast<UsageGroup>(i);
  return std::nullopt;
}

Task<std::vector<Usage>> UsageRepository::sums(Actor actor, UsageFilter filter, UsageGroup group) {
  auto params = pg::Params::of(WallTime(filter.from), WallTime(filter.to), filter.customer, filter.trunk,
                               name_of(filter.direction), filter.kind);
  return ask_all<Usage>(pool_, scope_of(actor), kUsageSums[static_cast<std::size_t>(group)],
                        std::move(params), read_usage);
}

}  // namespace warp::store
