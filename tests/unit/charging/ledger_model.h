// LedgerModel: billing.balances and billing.leases in memory, by the rules of billing.grant_lease,
// billing.shrink_lease and billing.settle_calls, for one account.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>

#include "warp/domain/charging.h"

namespace warp::test {

inline Money money(std::int64_t nanos) {
  return Money::from_nanos(nanos);
}

struct LedgerModel {
  struct Lease {
    int process = 0;
    std::int64_t granted = 0, settled = 0, turn = 0;
    bool open = true;
  };
  struct Answer {
    std::int64_t granted = 0, available = 0;
  };

  std::int64_t available() const { return balance - held; }
  // nullopt: it is closed.
  std::optional<Answer> grant(domain::LeaseId id, int process, std::int64_t wanted, std::int64_t turn) {
    auto& lease = leases.try_emplace(id, Lease{process}).first->second;
    if (!lease.open) return std::nullopt;
    const std::int64_t room = available();
    std::int64_t given = std::max<std::int64_t>(0, std::min(wanted - lease.granted, room));
    if (turn < lease.turn) given = 0;
    lease.turn = std::max(lease.turn, turn);
    lease.granted += given;
    held += given;
    return Answer{lease.granted, room - given};
  }
  void shrink(domain::LeaseId id, std::int64_t keep, std::int64_t turn) {
    const auto found = leases.find(id);
    if (found == leases.end() || !found->second.open || turn <= found->second.turn) return;
    found->second.turn = turn;
    take_off(found->second, std::max(found->second.settled, keep));
  }
  void trim(domain::LeaseId id, std::int64_t keep) {
    Lease& lease = leases.at(id);
    if (lease.open) take_off(lease, std::max(lease.settled, keep));
  }
  void close(domain::LeaseId id) {
    Lease& lease = leases.at(id);
    take_off(lease, lease.settled);
    lease.open = false;
  }
  void settle(domain::LeaseId id, std::int64_t amount) {
    balance -= amount;
    charged += amount;
    const auto found = leases.find(id);
    std::int64_t part = 0;
    if (found != leases.end() && found->second.open)
      part = std::min(amount, found->second.granted - found->second.settled);
    if (part > 0) {
      found->second.settled += part;
      held -= part;
    }
    unreserved += amount - part;
  }
  // What is held is what open leases have left.
  std::int64_t in_leases() const {
    std::int64_t sum = 0;
    for (const auto& [id, lease] : leases)
      if (lease.open) sum += lease.granted - lease.settled;
    return sum;
  }

  std::int64_t balance = 0, held = 0, charged = 0, unreserved = 0;
  std::map<domain::LeaseId, Lease> leases;

 private:
  void take_off(Lease& lease, std::int64_t to) {
    const std::int64_t back = std::max<std::int64_t>(0, lease.granted - to);
    lease.granted -= back;
    held -= back;
  }
};

}  // namespace warp::test
