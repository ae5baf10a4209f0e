// Accounts. Created and changed by operators; a tenant reads its own.
#pragma once

#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/domain/catalogue.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct Customer {
  CustomerId id;
  std::string name;
  std::string status;  // ACTIVE, SUSPENDED, CLOSED
  domain::BillingMode billing_mode = domain::BillingMode::Postpaid;
  Currency currency;
  Money credit_limit;
  std::optional<PartitionId> partition;
  std::vector<std::string> allowed_number_classes;
  std::string capacity = "{}";  // JSON: {"<class>": {"inbound": {"cps", "channels"}, "outbound": {…}}}
  std::optional<std::string> external_id;
  std::optional<RatePlanId> rate_plan;  // of the contract in force
  WallTime created_at{}, updated_at{};
};

struct NewCustomer {
  std::string name;
  domain::BillingMode billing_mode = domain::BillingMode::Postpaid;
  Currency currency;
  Money credit_limit;
  std::optional<PartitionId> partition;
  std::optional<std::vector<std::string>> allowed_number_classes;  // absent: all
  std::string capacity = "{}";
  std::optional<std::string> external_id;
};

struct CustomerPatch {
  std::optional<std::string> name, status;
  std::optional<domain::BillingMode> billing_mode;
  std::optional<Money> credit_limit;
  Nullable<PartitionId> partition;
  std::optional<std::vector<std::string>> allowed_number_classes;
  std::optional<std::string> capacity;
  Nullable<std::string> external_id;
};

class CustomerRepository {
 public:
  explicit CustomerRepository(pg::Pool& pool) : pool_(pool) {}
  // `search`: part of the name; empty: all. By name.
  Task<Paged<Customer>> list(Actor actor, std::string search, Page page);
  Task<Customer> get(Actor actor, CustomerId id);
  Task<Customer> create(Actor actor, NewCustomer customer);
  Task<Customer> update(Actor actor, CustomerId id, CustomerPatch patch);
  Task<Customer> remove(Actor actor, CustomerId id);  // InUse while it has trunks or numbers

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
