// Leases: money set aside in Postgres for one process (billing.leases). In the scope of operators: the daemon
// itself.
//
// Requests of one lease carry a number that grows: `turn`. One that was lost on the way and arrives after a
// later one changes nothing, so an answer that never came is asked for again without harm.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "warp/base/clock.h"
#include "warp/domain/charging.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct LeaseGrant {
  domain::LeaseId lease;
  Money granted, settled, available;
  bool unlimited = false;
  std::string status;  // of the account: ACTIVE, SUSPENDED, CLOSED
};

// Of whom a lease is.
struct LeaseHolder {
  std::string node;
  Uuid process;
};

class LeaseRepository {
 public:
  explicit LeaseRepository(pg::Pool& pool) : pool_(pool) {}
  // Idempotent: makes `lease` hold up to `total` (its granted_nanos); gives what there is. Opens the lease
  // when it is not there. NotFound: it is closed.
  Task<LeaseGrant> grant(domain::LeaseId lease, CustomerId customer, LeaseHolder holder, Money total,
                         std::int64_t turn);
  // What went back.
  Task<Money> give_back(domain::LeaseId lease, Money granted_total, std::int64_t turn);
  // Likewise, of a lease whose process is gone, whatever it asked for last.
  Task<Money> trim(domain::LeaseId lease, Money granted_total);
  // It is over, with what it has settled; closing it twice changes nothing.
  Task<Money> close(domain::LeaseId lease);
  struct Open {
    domain::LeaseId lease;
    CustomerId customer;
    Uuid process;
    Money granted, settled;
  };
  Task<std::vector<Open>> open_of(std::string node);

  struct Released {
    std::uint64_t leases = 0;
    Money amount;
  };
  // Of every process but `living` that was silent for so long; empty node: of all nodes.
  Task<Released> release(Actor actor, std::string node, std::chrono::seconds silent,
                         std::optional<Uuid> living);
  struct Alert {
    CustomerId customer;
    std::uint16_t percent = 0;
  };
  // Accounts that crossed 50, 80 or 100 percent since it was asked for last; on one node at a time.
  Task<std::vector<Alert>> raise_alerts();

  struct Item {
    domain::LeaseId lease;
    CustomerId customer;
    std::string node;
    Uuid process;
    Money granted, settled;
    WallTime opened_at{}, renewed_at{};
    std::optional<WallTime> closed_at;
  };
  struct Filter {
    std::optional<CustomerId> customer;
    std::optional<std::string> node;
    bool closed_too = false;
  };
  Task<Paged<Item>> list(Actor actor, Filter filter, Page page);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
