// LeaseBook: what this process may spend, by customer. Pure and thread-safe (striped locks); knows no
// database. Invariant: Σ reserved + spent <= granted, always.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/base/uuid.h"
#include "warp/domain/charging.h"

namespace warp::charging {

class LeaseBook {
 public:
  struct State {
    domain::LeaseId lease;
    Money granted, spent, reserved;
    bool unlimited = false, denied = false;
    Money available;
    WallTime as_of{};
  };
  enum class Take : std::uint8_t { Taken, NeedsGrant, Refused };
  Take reserve(CustomerId customer, Money amount, domain::LeaseId& lease);
  Take grow(CustomerId customer, domain::LeaseId lease, Money from, Money to);
  void release(CustomerId customer, domain::LeaseId lease, Money reserved);
  // charged <= reserved, or a defect that is counted.
  void settle(CustomerId customer, domain::LeaseId lease, Money reserved, Money charged);
  // Totals as the database has them: a lost answer heals.
  void granted(CustomerId customer, domain::LeaseId lease, Money total, Money available, WallTime as_of);
  // Of an earlier process: what its call holds, no more.
  void adopt(CustomerId customer, domain::LeaseId lease, Money reserved);
  // How much may be returned; it is no longer ours.
  Money give_back(CustomerId customer, domain::LeaseId lease, Money keep);
  std::optional<State> state(CustomerId customer) const;
  struct Wish {
    CustomerId customer;
    domain::LeaseId lease;
    Money total;
  };
  // Top-ups by rate of spending.
  std::vector<Wish> wishes(WallTime now, Money least, std::chrono::seconds ahead);
};

}  // namespace warp::charging
