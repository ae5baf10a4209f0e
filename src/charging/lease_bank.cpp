#include "warp/charging/lease_bank.h"

#include <algorithm>

namespace warp::charging {

using store::LeaseRepository;
using store::Task;

Task<store::LeaseGrant> StoredLeases::grant(domain::LeaseId lease, CustomerId customer, Money total,
                                            std::int64_t turn) {
  return leases_.grant(lease, customer, holder_, total, turn);
}

Task<Money> StoredLeases::give_back(domain::LeaseId lease, Money granted_total, std::int64_t turn) {
  return leases_.give_back(lease, granted_total, turn);
}

Task<Money> StoredLeases::close(domain::LeaseId lease) {
  return leases_.close(lease);
}

Task<Money> StoredLeases::trim(domain::LeaseId lease, Money granted_total) {
  return leases_.trim(lease, granted_total);
}

Task<std::vector<LeaseRepository::Open>> StoredLeases::left_behind() {
  auto open = co_await leases_.open_of(holder_.node);
  if (open) std::erase_if(*open, [this](const auto& one) { return one.process == holder_.process; });
  co_return open;
}

Task<LeaseRepository::Released> StoredLeases::release_dead(std::chrono::seconds silent) {
  return leases_.release({"warpd", "", std::nullopt}, "", silent, holder_.process);
}

}  // namespace warp::charging
