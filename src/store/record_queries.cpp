// The reading half of RecordRepository.
#include "warp/store/record_repository.h"

#include "record_columns.h"
#include "support.h"

#define MATCHING_RECORDS                                                                                  \
  " FROM records.cdrs WHERE setup_at >= $1 AND setup_at < $2 AND ($3::uuid IS NULL OR customer_id = $3) " \
  "AND ($4::uuid IS NULL OR trunk_id = $4) AND ($5::text IS NULL OR direction = $5) "                     \
  "AND ($6::text IS NULL OR disposition = $6) AND ($7::text IS NULL OR ani_e164 = $7) "                   \
  "AND ($8::text IS NULL OR starts_with(ani_e164, $8)) AND ($9::text IS NULL OR dni_e164 = $9) "          \
  "AND ($10::text IS NULL OR starts_with(dni_e164, $10))"

// Of a group: the quality of its calls, as read_quality() takes it.
#define QUALITY                                                                                          \
  "count(*) FILTER (WHERE answered_at IS NOT NULL OR reason IN ('NORMAL_CLEARING', 'CALLER_CANCELLED', " \
  "'CALLEE_BUSY', 'NO_ANSWER', 'CALLEE_DECLINED')), "                                                    \
  "count(*) FILTER (WHERE answered_at IS NOT NULL AND duration_us < 6000000), coalesce(sum(pdd_ms), "    \
  "0)::bigint, count(pdd_ms)"

namespace warp::store {
namespace {

using namespace std::chrono_literals;

constexpr auto kRecordTimeout = 15s;

constexpr pg::Query kCountRecords{"store.record.count", "SELECT count(*)" MATCHING_RECORDS, kRecordTimeout};
constexpr pg::Query kRecordStatistics{
    "store.record.statistics",
    "SELECT disposition, direction, price_currency, cost_currency, count(*), count(answered_at), "
    "coalesce(sum(duration_us), 0)::bigint, coalesce(sum(price_billed_seconds), 0)::bigint, "
    "coalesce(sum(price_nanos), 0)::bigint, coalesce(sum(cost_nanos), 0)::bigint, "
    "coalesce(sum(margin_nanos), 0)::bigint, count(margin_nanos), " QUALITY MATCHING_RECORDS
    " GROUP BY 1, 2, 3, 4",
    kRecordTimeout};
constexpr pg::Query kTrends{
    "store.record.trends",
    "SELECT date_trunc($11::text, setup_at AT TIME ZONE 'UTC' - make_interval(mins => $12::integer)) "
    "AT TIME ZONE 'UTC' + make_interval(mins => $12::integer) AS bucket, price_currency, count(*), "
    "count(answered_at), coalesce(sum(duration_us), 0)::bigint, coalesce(sum(price_nanos), 0)::bigint, "
    "coalesce(sum(margin_nanos), 0)::bigint, count(margin_nanos), " QUALITY MATCHING_RECORDS
    " GROUP BY 1, 2 ORDER BY 1",
    kRecordTimeout};

// The SQL with all columns, made once.
template <class Make>
const std::string& once(Make make) {
  static const std::string sql = make();
  return sql;
}

const std::string& list_sql() {
  return once([] {
    return "SELECT " + record_column_list() +
           MATCHING_RECORDS " ORDER BY setup_at DESC, id DESC LIMIT $11 OFFSET $12";
  });
}
const Keyset& record_keyset() {
  static const Keyset made(
      {.name = "store.record.walk",
       .columns = record_column_list(),
       .matching = MATCHING_RECORDS,
       .params = 10,
       .id = {"id", "id", "uuid"},
       .keys = {{"start_time", "setup_at", "timestamptz"}, {"duration", "duration_us", "bigint"}},
       .timeout = kRecordTimeout});
  return made;
}
const std::string& next_sql() {
  return once([] {
    return "SELECT " + record_column_list() +
           MATCHING_RECORDS
           " AND ($11::timestamptz IS NULL OR (setup_at, id) < ($11, $12::uuid)) "
           "ORDER BY setup_at DESC, id DESC LIMIT $13";
  });
}
const std::string& get_sql() {
  return once([] { return "SELECT " + record_column_list() + " FROM records.cdrs WHERE id = $1"; });
}

// Exact value and prefix of a number filter.
void add_digits(pg::Params& params, const std::string& wanted) {
  const bool prefix = wanted.ends_with('*');
  if (wanted.empty())
    params.add(std::nullopt).add(std::nullopt);
  else if (prefix)
    params.add(std::nullopt).add(wanted.substr(0, wanted.size() - 1));
  else
    params.add(wanted).add(std::nullopt);
}

pg::Params params_of(const RecordFilter& filter) {
  auto params = pg::Params::of(filter.from, filter.to, filter.customer, filter.trunk,
                               name_of(filter.direction), filter.disposition);
  add_digits(params, filter.ani);
  add_digits(params, filter.dni);
  return params;
}

const char* unit(Granularity granularity) {
  switch (granularity) {
    case Granularity::Hour:
      return "hour";
    case Granularity::Day:
      return "day";
    case Granularity::Week:
      return "week";
  }
  return "day";
}

std::chrono::hours step(Granularity granularity) {
  switch (granularity) {
    case Granularity::Hour:
      return std::chrono::hours(1);
    case Granularity::Day:
      return std::chrono::days(1);
    case Granularity::Week:
      return std::chrono::weeks(1);
  }
  return std::chrono::days(1);
}

// Where the bucket of `time` begins: as date_trunc() in kTrends cuts it.
WallTime bucket_start(WallTime time, Granularity granularity, std::chrono::minutes offset) {
  const auto local = time - offset;
  if (granularity == Granularity::Hour) return std::chrono::floor<std::chrono::hours>(local) + offset;
  const auto day = std::chrono::floor<std::chrono::days>(local);
  if (granularity == Granularity::Day) return day + offset;
  return day - (std::chrono::weekday(day) - std::chrono::Monday) + offset;
}

std::vector<RecordBucket> empty_buckets(const RecordFilter& filter, Granularity granularity,
                                        std::chrono::minutes offset) {
  std::vector<RecordBucket> out;
  for (auto start = bucket_start(filter.from, granularity, offset); start < filter.to;
       start += step(granularity))
    out.push_back({start, 0, 0, 0, {}, {}, {}, {}});
  return out;
}

// Sums in one currency after another; false when they leave Money's range.
bool add_charge(std::map<std::string, Money>& sums, const std::optional<std::string>& currency,
                Money amount) {
  if (!currency) return true;
  auto& sum = sums[*currency];
  const auto added = Money::add(sum, amount);
  if (added) sum = *added;
  return added.has_value();
}

// Of those that have a margin at all: it is in the currency of the customer's side.
bool add_margin(std::map<std::string, Money>& sums, const std::optional<std::string>& currency,
                pg::RowReader& read) {
  const auto margin = read.next<Money>();
  const auto calls = read.next<std::uint64_t>();
  return calls == 0 || add_charge(sums, currency, margin);
}

void read_quality(pg::RowReader& read, RecordQuality& out) {
  out.network_ok += read.next<std::uint64_t>();
  out.short_calls += read.next<std::uint64_t>();
  out.pdd_ms += read.next<std::uint64_t>();
  out.pdd_calls += read.next<std::uint64_t>();
}

// The currency of most priced calls.
std::string main_currency(const std::map<std::string, std::uint64_t>& calls) {
  const auto most = std::max_element(calls.begin(), calls.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == calls.end() ? std::string() : most->first;
}

constexpr std::uint64_t kMicros = 1'000'000;

}  // namespace

Task<Paged<domain::CallRecord>> RecordRepository::list(Actor actor, RecordFilter filter, Page page) {
  static const pg::Query items{"store.record.list", list_sql(), kRecordTimeout};
  return ask_list<domain::CallRecord>(pool_, scope_of(actor), kCountRecords, items, record_keyset(),
                                      params_of(filter), page, read_record);
}

Task<void> RecordRepository::exported(Actor actor, RecordFilter filter, std::uint64_t rows) {
  constexpr pg::Query kExported{
      "store.record.exported",
      "SELECT audit.append($1, 'export', 'cdrs', '', jsonb_build_object('from', $2::timestamptz, 'to', "
      "$3::timestamptz, 'rows', $4::bigint), NULL, NULL)"};
  auto params = pg::Params::of(filter.customer, filter.from, filter.to, rows);
  const auto told = co_await pool_.query(scope_of(actor), kExported, std::move(params));
  if (!told) co_return error_of(told.error());
  co_return Expected<void>();
}

Task<std::vector<domain::CallRecord>> RecordRepository::next(Actor actor, RecordFilter filter,
                                                             std::optional<Cursor> after,
                                                             std::uint32_t limit) {
  static const pg::Query query{"store.record.next", next_sql(), kRecordTimeout};
  auto params = params_of(filter);
  if (after)
    params.add(after->setup_at).add(after->id);
  else
    params.add(std::nullopt).add(std::nullopt);
  params.add(limit);
  return ask_all<domain::CallRecord>(pool_, scope_of(actor), query, std::move(params), read_record);
}

Task<domain::CallRecord> RecordRepository::get(Actor actor, RecordId id) {
  static const pg::Query query{"store.record.get", get_sql(), kRecordTimeout};
  return ask_one<domain::CallRecord>(pool_, scope_of(actor), query, pg::Params::of(id), read_record);
}

Task<RecordStatistics> RecordRepository::statistics(Actor actor, RecordFilter filter) {
  const auto rows = co_await pool_.query(scope_of(actor), kRecordStatistics, params_of(filter));
  if (!rows) co_return error_of(rows.error());
  RecordStatistics out;
  std::uint64_t micros = 0;
  for (const auto row : *rows) {
    pg::RowReader read(row);
    const auto disposition = read.next<std::string>();
    const auto direction = read.next<std::string>();
    const auto currency = read.next<std::optional<std::string>>();
    const auto cost_currency = read.next<std::optional<std::string>>();
    const auto calls = read.next<std::uint64_t>();
    out.total += calls;
    out.by_disposition[disposition] += calls;
    out.by_direction[direction] += calls;
    out.answered += read.next<std::uint64_t>();
    micros += read.next<std::uint64_t>();
    out.billed_seconds += read.next<std::uint64_t>();
    bool fits = add_charge(out.charged, currency, read.next<Money>());
    fits = add_charge(out.cost, cost_currency, read.next<Money>()) && fits;
    fits = add_margin(out.margin, currency, read) && fits;
    read_quality(read, out.quality);
    if (!fits || !read.ok()) co_return bad_row(kRecordStatistics.name);
  }
  out.seconds = micros / kMicros;
  co_return out;
}

Task<std::vector<RecordBucket>> RecordRepository::trends(Actor actor, RecordFilter filter,
                                                         Granularity granularity, int offset_minutes) {
  auto params = params_of(filter);
  params.add(unit(granularity)).add(offset_minutes);
  const auto rows = co_await pool_.query(scope_of(actor), kTrends, std::move(params));
  if (!rows) co_return error_of(rows.error());
  auto out = empty_buckets(filter, granularity, std::chrono::minutes(offset_minutes));
  std::map<std::string, std::uint64_t> priced_calls;
  for (const auto row : *rows) {
    pg::RowReader read(row);
    const auto start = read.next<WallTime>();
    const auto bucket =
        std::lower_bound(out.begin(), out.end(), start,
                         [](const RecordBucket& one, WallTime wanted) { return one.start < wanted; });
    if (bucket == out.end() || bucket->start != start) co_return bad_row(kTrends.name);
    const auto currency = read.next<std::optional<std::string>>();
    const auto calls = read.next<std::uint64_t>();
    bucket->total += calls;
    if (currency) priced_calls[*currency] += calls;
    bucket->answered += read.next<std::uint64_t>();
    bucket->seconds += read.next<std::uint64_t>();  // microseconds until all rows are in
    bool fits = add_charge(bucket->by_currency, currency, read.next<Money>());
    fits = add_margin(bucket->margin, currency, read) && fits;
    read_quality(read, bucket->quality);
    if (!fits || !read.ok()) co_return bad_row(kTrends.name);
  }
  const auto currency = main_currency(priced_calls);
  for (auto& bucket : out) {
    bucket.seconds /= kMicros;
    if (const auto sum = bucket.by_currency.find(currency); sum != bucket.by_currency.end())
      bucket.charged = sum->second;
  }
  co_return out;
}

}  // namespace warp::store
