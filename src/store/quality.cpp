#include "warp/store/quality.h"

#include "support.h"

#define OF_PROVIDER " FROM records.quality_hourly WHERE hour >= $1 AND ($2::uuid IS NULL OR provider_id = $2)"

namespace warp::store {
namespace {

using namespace std::chrono_literals;

constexpr pg::Query kSince{
    "store.quality.since",
    "SELECT hour, provider_id, prefix, attempts, answered, network_ok, short_calls, seconds, pdd_ms "
    "FROM records.quality_hourly WHERE hour >= $1",
    30s};
constexpr pg::Query kCountQuality{
    "store.quality.count", "SELECT count(*) FROM (SELECT 1" OF_PROVIDER " GROUP BY provider_id, prefix) s"};
constexpr pg::Query kQualitySums{
    "store.quality.sums",
    "SELECT max(hour), provider_id, prefix, sum(attempts)::bigint, sum(answered)::bigint, "
    "sum(network_ok)::bigint, sum(short_calls)::bigint, sum(seconds)::bigint, sum(pdd_ms)::bigint" OF_PROVIDER
    " GROUP BY provider_id, prefix ORDER BY sum(attempts) DESC, provider_id, prefix LIMIT $3 OFFSET $4"};

void read_quality(pg::RowReader& row, QualityRow& out) {
  row.next(out.hour);
  row.next(out.provider);
  row.next(out.prefix);
  row.next(out.attempts);
  row.next(out.answered);
  row.next(out.network_ok);
  row.next(out.short_calls);
  row.next(out.seconds);
  row.next(out.pdd_ms);
}

}  // namespace

Task<std::vector<QualityRow>> QualityRepository::since(Actor actor, WallTime from) {
  return ask_all<QualityRow>(pool_, scope_of(actor), kSince, pg::Params::of(from), read_quality);
}

Task<Paged<QualityRow>> QualityRepository::sums(Actor actor, WallTime from,
                                                std::optional<ProviderId> provider, Page page) {
  return ask_page<QualityRow>(pool_, scope_of(actor), kCountQuality, kQualitySums,
                              pg::Params::of(from, provider), page, read_quality);
}

}  // namespace warp::store
