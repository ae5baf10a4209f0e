// LeaseBank: the database as charging sees it; `StoredLeases` is it.
#pragma once

#include <string>
#include <vector>

#include "warp/store/leases.h"

namespace warp::charging {

class LeaseBank {
 public:
  virtual ~LeaseBank() = default;
  virtual store::Task<store::LeaseGrant> grant(domain::LeaseId lease, CustomerId customer, Money total,
                                               std::int64_t turn) = 0;
  virtual store::Task<Money> give_back(domain::LeaseId lease, Money granted_total, std::int64_t turn) = 0;
  virtual store::Task<Money> close(domain::LeaseId lease) = 0;
  // Down to so much, of a lease whose process is gone: no request of it is under way.
  virtual store::Task<Money> trim(domain::LeaseId lease, Money granted_total) = 0;
  // Of this node's earlier processes.
  virtual store::Task<std::vector<store::LeaseRepository::Open>> left_behind() = 0;
  // Of nodes that were silent for so long.
  virtual store::Task<store::LeaseRepository::Released> release_dead(std::chrono::seconds silent) = 0;
};

class StoredLeases final : public LeaseBank {
 public:
  StoredLeases(pg::Pool& pool, store::LeaseHolder holder) : leases_(pool), holder_(std::move(holder)) {}

  store::Task<store::LeaseGrant> grant(domain::LeaseId lease, CustomerId customer, Money total,
                                       std::int64_t turn) override;
  store::Task<Money> give_back(domain::LeaseId lease, Money granted_total, std::int64_t turn) override;
  store::Task<Money> close(domain::LeaseId lease) override;
  store::Task<Money> trim(domain::LeaseId lease, Money granted_total) override;
  store::Task<std::vector<store::LeaseRepository::Open>> left_behind() override;
  store::Task<store::LeaseRepository::Released> release_dead(std::chrono::seconds silent) override;

 private:
  store::LeaseRepository leases_;
  const store::LeaseHolder holder_;
};

}  // namespace warp::charging
