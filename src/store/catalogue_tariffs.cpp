#include <unordered_map>

#include "catalogue_parts.h"
#include "load_rows.h"
#include "tariff_rows.h"

namespace warp::store {
namespace {

constexpr pg::Query kSchedules{"store.catalogue.schedules",
                               "SELECT " SCHEDULE_COLUMNS " FROM billing.rate_schedules",
                               std::chrono::seconds(30)};
constexpr pg::Query kFx{"store.catalogue.fx", "SELECT " FX_COLUMNS " FROM billing.fx_rates",
                        std::chrono::seconds(30)};
// Those that hold, and those to come: a contract begins on its second, not with the next load.
constexpr pg::Query kCatalogueTariffContracts{
    "store.catalogue.contracts",
    "SELECT customer_id, rate_plan_id, starts_at, ends_at FROM billing.contracts "
    "WHERE coalesce(ends_at, 'infinity') > now() - interval '1 day' "
    "ORDER BY customer_id, starts_at",
    std::chrono::seconds(30)};

struct ContractRow {
  CustomerId customer;
  domain::Customer::DatedPlan plan;
};

void read_contract(pg::RowReader& row, ContractRow& out) {
  row.next(out.customer);
  row.next(out.plan.plan);
  row.next(out.plan.from);
  row.next(out.plan.to);
}

}  // namespace

Task<void> load_tariffs(pg::Transaction& tx, domain::Catalogue& catalogue) {
  std::optional<Error> failed;
  std::vector<ContractRow> contracts;
  co_await load_into(tx, kSchedules, read_schedule_row, catalogue.schedules, failed);
  co_await load_into(tx, kFx, read_fx_row, catalogue.fx, failed);
  co_await load_into(tx, kCatalogueTariffContracts, read_contract, contracts, failed);
  if (failed) co_return std::move(*failed);
  std::unordered_map<CustomerId, domain::Customer*> customers;
  for (auto& customer : catalogue.customers)
    customers.emplace(customer.id, &customer);
  for (const auto& row : contracts)
    if (const auto found = customers.find(row.customer); found != customers.end())
      found->second->plans.push_back(row.plan);
  co_return Expected<void>();
}

}  // namespace warp::store
