// Terms of accounts and their limits of spending.
#include <unordered_map>

#include "catalogue_parts.h"
#include "load_rows.h"

namespace warp::store {
namespace {

using namespace std::chrono_literals;

struct AccountRow {
  CustomerId id;
  std::string status;
  Money credit_limit;
};

struct LimitRow {
  CustomerId customer;
  domain::SpendLimit limit;
};

constexpr pg::Query kAccounts{"store.catalogue.accounts",
                              "SELECT id, status, credit_limit_nanos FROM customers.accounts", 30s};
constexpr pg::Query kCatalogueChargingLimits{
    "store.catalogue.spend_limits",
    "SELECT customer_id, id, coalesce(trunk_id::text, ''), window_name, match_prefix, action, "
    "coalesce(amount_nanos, 0), coalesce(calls, 0), coalesce(seconds, 0), schedule_id, coalesce(factor_e2, "
    "0), coalesce(throttle_cps, 0) FROM billing.spend_limits WHERE enabled ORDER BY customer_id, created_at, "
    "id",
    30s};

void read_account(pg::RowReader& row, AccountRow& out) {
  row.next(out.id);
  row.next(out.status);
  row.next(out.credit_limit);
}

void read_limit(pg::RowReader& row, LimitRow& out) {
  row.next(out.customer);
  row.next(out.limit.id);
  row.next(out.limit.scope);
  row.next(out.limit.window);
  row.next(out.limit.match);
  row.next(out.limit.action);
  row.next(out.limit.amount);
  row.next(out.limit.count);
  row.next(out.limit.seconds);
  row.next(out.limit.schedule);
  row.next(out.limit.factor_e2);
  row.next(out.limit.throttle_cps);
}

}  // namespace

Task<void> load_charging(pg::Transaction& tx, domain::Catalogue& catalogue) {
  std::optional<Error> failed;
  std::vector<AccountRow> accounts;
  std::vector<LimitRow> limits;
  co_await load_into(tx, kAccounts, read_account, accounts, failed);
  co_await load_into(tx, kCatalogueChargingLimits, read_limit, limits, failed);
  if (failed) co_return std::move(*failed);
  std::unordered_map<CustomerId, domain::Customer*> customers;
  for (auto& customer : catalogue.customers)
    customers[customer.id] = &customer;
  for (auto& row : accounts)
    if (const auto found = customers.find(row.id); found != customers.end()) {
      found->second->status = std::move(row.status);
      found->second->credit_limit = row.credit_limit;
    }
  for (auto& row : limits)
    if (const auto found = customers.find(row.customer); found != customers.end())
      found->second->limits.push_back(std::move(row.limit));
  co_return Expected<void>();
}

}  // namespace warp::store
