#include "record_sums.h"

#include <array>

#include "column_values.h"

namespace warp::store {
namespace {

using namespace std::chrono_literals;
using columns::put_value;
using domain::CallRecord;
using domain::Reason;

constexpr auto kRecordSumTimeout = 30s;
constexpr std::uint64_t kShortCallUs = 6'000'000;

constexpr pg::Query kRecordSumUsage{
    "store.record.usage",
    "INSERT INTO records.daily_usage_summary AS d (day, customer_id, trunk_id, provider_id, kind, direction, "
    "prefix, jurisdiction, currency, attempts, answered, network_ok, short_calls, duration_us, "
    "billed_seconds, pdd_ms, pdd_calls, charge_nanos, cost_nanos, margin_nanos) "
    "SELECT 'epoch'::date + u.day, u.customer, u.trunk, u.provider, 'call', u.direction, u.prefix, "
    "u.jurisdiction, u.currency, count(*), sum(u.answered), sum(u.network), sum(u.short), sum(u.us), "
    "sum(u.billed), coalesce(sum(u.pdd), 0), count(u.pdd), sum(u.charge), sum(u.cost), sum(u.margin) "
    "FROM unnest($1::integer[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], "
    "$8::text[], $9::integer[], $10::integer[], $11::integer[], $12::bigint[], $13::bigint[], "
    "$14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[]) AS u(day, customer, trunk, provider, "
    "direction, prefix, jurisdiction, currency, answered, network, short, us, billed, pdd, charge, cost, "
    "margin) "
    "GROUP BY u.day, u.customer, u.trunk, u.provider, u.direction, u.prefix, u.jurisdiction, u.currency "
    "ORDER BY u.day, u.customer, u.trunk, u.provider, u.direction, u.prefix COLLATE \"C\", u.jurisdiction, "
    "u.currency "
    "ON CONFLICT (day, customer_id, trunk_id, provider_id, kind, direction, prefix, jurisdiction, currency) "
    "DO UPDATE SET attempts = d.attempts + excluded.attempts, answered = d.answered + excluded.answered, "
    "network_ok = d.network_ok + excluded.network_ok, short_calls = d.short_calls + excluded.short_calls, "
    "duration_us = d.duration_us + excluded.duration_us, "
    "billed_seconds = d.billed_seconds + excluded.billed_seconds, pdd_ms = d.pdd_ms + excluded.pdd_ms, "
    "pdd_calls = d.pdd_calls + excluded.pdd_calls, charge_nanos = d.charge_nanos + excluded.charge_nanos, "
    "cost_nanos = d.cost_nanos + excluded.cost_nanos, margin_nanos = d.margin_nanos + excluded.margin_nanos",
    kRecordSumTimeout};

constexpr pg::Query kQuality{
    "store.record.quality",
    "INSERT INTO records.quality_hourly AS q (hour, provider_id, prefix, attempts, answered, network_ok, "
    "short_calls, seconds, pdd_ms) SELECT date_trunc('hour', u.at, 'UTC'), u.provider, u.prefix, count(*), "
    "sum(u.answered), sum(u.network), sum(u.short), sum(u.seconds), sum(u.pdd) "
    "FROM unnest($1::timestamptz[], $2::uuid[], $3::text[], $4::integer[], $5::integer[], $6::integer[], "
    "$7::bigint[], $8::bigint[]) AS u(at, provider, prefix, answered, network, short, seconds, pdd) "
    "GROUP BY 1, u.provider, u.prefix ORDER BY 1, u.provider, u.prefix COLLATE \"C\" "
    "ON CONFLICT (hour, provider_id, prefix) DO UPDATE SET attempts = q.attempts + excluded.attempts, "
    "answered = q.answered + excluded.answered, network_ok = q.network_ok + excluded.network_ok, "
    "short_calls = q.short_calls + excluded.short_calls, seconds = q.seconds + excluded.seconds, "
    "pdd_ms = q.pdd_ms + excluded.pdd_ms",
    kRecordSumTimeout};

// Nobody reads it: nothing is kept for anybody.
constexpr pg::Query kOutbox{
    "store.record.outbox",
    "INSERT INTO records.outbox (kind, object_id, at, customer_id) SELECT 'call', u.id, u.at, u.customer "
    "FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[]) AS u(id, at, customer) "
    "WHERE EXISTS (SELECT FROM records.outbox_consumers)",
    kRecordSumTimeout};

template <std::size_t N>
pg::Params params_of(std::array<ArrayText, N>& arrays) {
  pg::Params out;
  for (auto& array : arrays)
    out.add(std::move(array).finish());
  return out;
}

bool answered(const CallRecord& record) {
  return record.answered_at.has_value();
}

bool is_short(const CallRecord& record) {
  return answered(record) && record.duration_us < kShortCallUs;
}

// The account's currency when it is charged, else the one it is priced in.
void put_currency(ArrayText& out, const CallRecord& record) {
  if (record.charge.charged != Money{})
    out.quoted(record.charge.currency.view());
  else
    record.price ? out.quoted(record.price->currency.view()) : out.null();
}

Money cost_of(const CallRecord& record) {
  if (record.cost_base) return *record.cost_base;
  return record.cost ? record.cost->amount : Money{};
}

void put_usage(std::array<ArrayText, 17>& to, const CallRecord& record) {
  to[0].number(std::chrono::floor<std::chrono::days>(record.setup_at).time_since_epoch().count());
  to[1].id(record.customer.value);
  to[2].id(record.trunk.value);
  to[3].id(record.provider.value);
  to[4].quoted(to_string(record.direction));
  to[5].text(usage_prefix(record));
  to[6].quoted(to_string(record.numbers->jurisdiction));
  put_currency(to[7], record);
  to[8].number(answered(record) ? 1 : 0);
  to[9].number(answered(record) || network_worked(record.reason) ? 1 : 0);
  to[10].number(is_short(record) ? 1 : 0);
  put_value(to[11], record.duration_us);
  to[12].number(record.price ? record.price->billed_seconds : 0u);
  put_value(to[13], record.pdd_ms);
  to[14].number(record.customer.is_nil() ? 0 : record.charge.charged.nanos());
  to[15].number(cost_of(record).nanos());
  to[16].number(record.margin ? record.margin->nanos() : 0);
}

// What was skipped was never asked: it says nothing about the provider.
bool was_tried(const domain::RouteAttempt& attempt) {
  return !attempt.provider.is_nil() && attempt.was_sent();
}

std::size_t put_quality(std::array<ArrayText, 8>& to, const CallRecord& record) {
  std::size_t rows = 0;
  for (const auto& attempt : record.attempts) {
    if (!was_tried(attempt)) continue;
    const bool carried = answered(record) && attempt.reason == Reason::NormalClearing;
    to[0].time(record.setup_at);
    to[1].id(attempt.provider.value);
    to[2].text(domain::quality_key(record.dni_e164));
    to[3].number(carried ? 1 : 0);
    to[4].number(carried || network_worked(attempt.reason) ? 1 : 0);
    to[5].number(carried && is_short(record) ? 1 : 0);
    put_value(to[6], carried ? (record.duration_us + 999'999) / 1'000'000 : std::uint64_t{0});
    to[7].number(carried ? record.pdd_ms.value_or(0) : 0u);
    ++rows;
  }
  return rows;
}

}  // namespace

std::string usage_prefix(const CallRecord& record) {
  return record.price ? record.price->prefix : domain::quality_key(record.dni_e164);
}

bool network_worked(Reason reason) {
  return reason == Reason::NormalClearing || reason == Reason::CalleeBusy || reason == Reason::NoAnswer ||
         reason == Reason::CalleeDeclined || reason == Reason::CallerCancelled;
}

std::vector<const CallRecord*> fresh_of(const std::vector<CallRecord>& batch,
                                        const std::vector<std::string>& fresh) {
  std::unordered_set<std::string> ids(fresh.begin(), fresh.end());
  std::vector<const CallRecord*> out;
  out.reserve(ids.size());
  for (const auto& record : batch)
    if (ids.erase(record.id.to_string()) > 0) out.push_back(&record);
  return out;
}

std::vector<pg::Statement> sum_statements(const std::vector<const CallRecord*>& fresh) {
  std::vector<pg::Statement> out;
  if (fresh.empty()) return out;
  std::array<ArrayText, 17> usage;
  std::array<ArrayText, 8> quality;
  std::array<ArrayText, 3> outbox;
  std::size_t tried = 0;
  for (const auto* record : fresh) {
    put_usage(usage, *record);
    tried += put_quality(quality, *record);
    outbox[0].id(record->id.value);
    outbox[1].time(record->setup_at);
    outbox[2].id(record->customer.value);
  }
  out.push_back({&kRecordSumUsage, params_of(usage)});
  if (tried > 0) out.push_back({&kQuality, params_of(quality)});
  out.push_back({&kOutbox, params_of(outbox)});
  return out;
}

}  // namespace warp::store
