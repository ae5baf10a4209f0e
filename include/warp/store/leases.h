// Leases: money set aside in Postgres for one process (billing.leases). In the scope of operators: the daemon
// itself.
#pragma once

#include <string>
#include <vector>

#include "warp/domain/charging.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct LeaseGrant {
  domain::LeaseId lease;
  Money granted, settled, available;
  bool unlimited = false;
  std::string status;
};

class LeaseRepository {
 public:
  explicit LeaseRepository(pg::Pool& pool) : pool_(pool) {}
  // Idempotent: makes `lease` hold up to `total` (its granted_nanos); gives what there is. Opens the lease
  // when it is not there.
  Task<LeaseGrant> grant(domain::LeaseId lease, CustomerId customer, std::string node, Uuid process,
                         Money total);
  Task<void> give_back(domain::LeaseId lease, Money granted_total);
  Task<void> close(domain::LeaseId lease);
  struct Open {
    domain::LeaseId lease;
    CustomerId customer;
    Uuid process;
    Money granted, settled;
  };
  Task<std::vector<Open>> open_of(std::string node);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
