#include "warp/records/rerater.h"

#include <algorithm>
#include <vector>

#include <nlohmann/json.hpp>

namespace warp::records {
namespace {

using nlohmann::json;

constexpr std::uint32_t kRecordsAtOnce = 2000;
constexpr std::size_t kMostPrefixes = 1000;
constexpr std::int64_t kPar = 1'000'000'000'000;

bool add(Money& sum, Money amount) {
  const auto added = Money::add(sum, amount);
  if (added) sum = *added;
  return added.has_value();
}

bool count(RerateSums& sums, Money before, Money after) {
  ++sums.records;
  sums.changed += before != after ? 1 : 0;
  return add(sums.before, before) && add(sums.after, after);
}

json sums_json(const RerateSums& sums) {
  return {{"records", sums.records},
          {"changed", sums.changed},
          {"before", sums.before.to_string()},
          {"after", sums.after.to_string()}};
}

std::string price_json(const domain::PricedSide& price) {
  const json out = {{"rate_plan_id", price.plan.to_string()},
                    {"rate_plan_version", price.plan_version},
                    {"prefix", price.prefix},
                    {"per_minute", price.per_minute.to_string()},
                    {"billed_seconds", price.billed_seconds},
                    {"amount", price.amount.to_string()},
                    {"currency", std::string(price.currency.view())}};
  return out.dump();
}

store::Error overflow() {
  return {store::ErrorKind::Internal, "a sum of prices is beyond what money can hold", {}};
}

const store::Actor& daemon() {
  static const store::Actor actor{"warpd", "", std::nullopt};
  return actor;
}

}  // namespace

std::string to_json(const RerateReport& report) {
  json out = {{"seen", report.seen},           {"changed", report.changed},
              {"unchanged", report.unchanged}, {"unpriceable", report.unpriceable},
              {"customers", json::array()},    {"prefixes", json::array()}};
  for (const auto& [customer, sums] : report.customers) {
    auto row = sums_json(sums);
    row["customer_id"] = customer.to_string();
    row["currency"] = std::string(sums.currency.view());
    row["refused"] = sums.refused;
    out["customers"].push_back(std::move(row));
  }
  for (const auto& [prefix, sums] : report.prefixes) {
    auto row = sums_json(sums);
    row["prefix"] = prefix;
    out["prefixes"].push_back(std::move(row));
  }
  return out.dump();
}

std::optional<Money> charge_at(const domain::CallRecord& record, const domain::PricedSide& price) {
  const bool charged = record.charge.charged != Money{} || !record.charge.lease.is_nil();
  if (charged && price.currency == record.charge.currency) return price.amount;
  // What was priced in that currency before is converted as it was then.
  if (!record.price || price.currency != record.price->currency) return std::nullopt;
  if (record.charge.fx_pico == kPar) return price.amount;
  return Money::add_scaled(Money{}, price.amount, record.charge.fx_pico, kPar, price.decimals,
                           price.rounding);
}

// A call with its new price.
struct Rerater::Priced {
  const domain::CallRecord* record;
  domain::PricedSide price;
  Money after;
};

store::Task<void> Rerater::take(std::optional<Uuid> run, const std::vector<domain::CallRecord>& page,
                                const Repricer& reprice, RerateReport& report) {
  std::vector<Priced> priced;
  std::vector<RecordId> ids;
  std::vector<WallTime> setups;
  for (const auto& record : page) {
    ++report.seen;
    std::optional<domain::PricedSide> price;
    if (!record.customer.is_nil() && !record.facts->emergency) price = reprice(record);
    const auto after = price ? charge_at(record, *price) : std::nullopt;
    if (!after) {
      ++report.unpriceable;
      continue;
    }
    ids.push_back(record.id);
    setups.push_back(record.setup_at);
    priced.push_back({&record, std::move(*price), *after});
  }
  if (priced.empty()) co_return store::Expected<void>();
  const auto before = co_await rerates_.standing(ids, setups);
  if (!before) co_return before.error();
  std::map<CustomerId, std::vector<store::NewPrice>> changes;
  for (std::size_t i = 0; i < priced.size(); ++i) {
    const auto& one = priced[i];
    const bool differs = (*before)[i] != one.after;
    differs ? ++report.changed : ++report.unchanged;
    auto& customer = report.customers[one.record->customer];
    customer.currency =
        one.record->charge.charged != Money{} ? one.record->charge.currency : one.price.currency;
    const bool known = report.prefixes.size() < kMostPrefixes || report.prefixes.contains(one.price.prefix);
    auto& prefix = report.prefixes[known ? one.price.prefix : "…"];
    if (!count(customer, (*before)[i], one.after) || !count(prefix, (*before)[i], one.after))
      co_return overflow();
    if (!differs) continue;
    store::NewPrice change;
    change.record = one.record->id;
    change.setup_at = one.record->setup_at;
    change.after = one.after;
    change.price = price_json(one.price);
    changes[one.record->customer].push_back(std::move(change));
  }
  if (!run) co_return store::Expected<void>();
  for (auto& [customer, prices] : changes) {
    const auto done = co_await rerates_.correct(*run, customer, std::move(prices));
    if (!done) co_return done.error();
    if (done->refused) report.customers[customer].refused = true;
  }
  co_return store::Expected<void>();
}

store::Task<RerateReport> Rerater::go(std::optional<Uuid> run, store::RerateScope scope, Repricer reprice,
                                      Progress progress) {
  store::RecordFilter filter;
  filter.from = scope.from;
  filter.to = scope.to;
  filter.customer = scope.customer;
  filter.trunk = scope.trunk;
  if (!scope.prefix.empty()) filter.dni = scope.prefix + "*";
  RerateReport report;
  std::optional<store::RecordRepository::Cursor> after;
  for (;;) {
    const auto page = co_await records_.next(daemon(), filter, after, kRecordsAtOnce);
    if (!page) co_return page.error();
    if (page->empty()) co_return report;
    const auto taken = co_await take(run, *page, reprice, report);
    if (!taken) co_return taken.error();
    after = store::RecordRepository::Cursor{page->back().setup_at, page->back().id};
    const bool wanted = co_await progress(report.seen);
    if (!wanted) co_return store::Error{store::ErrorKind::NotFound, "the job was cancelled", {}};
    if (page->size() < kRecordsAtOnce) co_return report;
  }
}

store::Task<RerateReport> Rerater::preview(store::RerateScope scope, Repricer reprice, Progress progress) {
  return go(std::nullopt, std::move(scope), std::move(reprice), std::move(progress));
}

store::Task<RerateReport> Rerater::commit(Uuid run, store::RerateScope scope, Repricer reprice,
                                          Progress progress) {
  return go(run, std::move(scope), std::move(reprice), std::move(progress));
}

}  // namespace warp::records
