// LeaseBook: what this process may spend, by customer. Pure and thread-safe (striped locks); knows no
// database. Invariant: Σ reserved + spent <= granted, always.
//
// A customer has one lease at a time. Leases of earlier processes, and those that the database closed, hold
// what their calls hold and no more: nothing is reserved from them again.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
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
    Money available;  // that the database had left at `as_of`, for every process
    WallTime as_of{};
    Money idle() const { return Money::from_nanos(granted.nanos() - spent.nanos() - reserved.nanos()); }
  };
  enum class Take : std::uint8_t { Taken, NeedsGrant, Refused };
  struct Taken {
    Take take = Take::NeedsGrant;
    domain::LeaseId lease;
    Money reserved;  // by the call, after this
  };

  // What the database said that it has left is believed for `believed`.
  explicit LeaseBook(const Clock& clock, std::chrono::milliseconds believed = std::chrono::milliseconds{500})
      : clock_(clock), believed_(believed) {}

  // `most` when there is so much; what there is, when the database has no more either and it is not below
  // `least`. Nothing at all (`most` 0) is taken when the account is not below its limit.
  Taken reserve(CustomerId customer, Money least, Money most);
  // More for a call that holds `from` of `lease`. Of another than the customer's own lease nothing can grow:
  // all is taken from its own, and the caller releases the old hold.
  Taken grow(CustomerId customer, domain::LeaseId lease, Money from, Money least, Money most);
  void release(CustomerId customer, domain::LeaseId lease, Money reserved);
  // charged <= reserved, or a defect that is counted.
  void settle(CustomerId customer, domain::LeaseId lease, Money reserved, Money charged);

  // The customer's lease from now on; the one before, if any, is as adopted.
  void open(CustomerId customer, domain::LeaseId lease);
  // Totals as the database has them: a lost answer heals.
  void granted(CustomerId customer, domain::LeaseId lease, Money total, Money available, WallTime as_of);
  // The database has closed it.
  void lost(CustomerId customer, domain::LeaseId lease);
  // Of an earlier process: what its call holds, no more.
  void adopt(CustomerId customer, domain::LeaseId lease, Money reserved);
  // What calls hold of leases that are not their customers' own.
  struct Adopted {
    std::size_t calls = 0;
    std::int64_t reserved = 0;  // nanos
  };
  using AdoptedLeases = std::unordered_map<domain::LeaseId, Adopted>;
  AdoptedLeases adopted() const;
  // How much may be returned when `keep` stays idle; it is no longer ours.
  Money give_back(CustomerId customer, domain::LeaseId lease, Money keep);

  std::optional<State> state(CustomerId customer) const;
  std::optional<CustomerId> owner(domain::LeaseId lease) const;
  std::vector<CustomerId> customers() const;
  struct Wish {
    CustomerId customer;
    domain::LeaseId lease;  // nil: it has none yet
    Money total;            // that the lease should hold
  };
  // Top-ups by rate of spending: whoever has less than half of what it spends in `ahead`, or of `least`.
  std::vector<Wish> wishes(WallTime now, Money least, std::chrono::seconds ahead);
  // A total that has room for `more`, and for what is spent in `ahead`.
  Money wanted(CustomerId customer, Money more, Money least, std::chrono::seconds ahead) const;
  // Idle room that is kept: none of who has not spent since the turn before.
  Money kept(CustomerId customer, Money least, std::chrono::seconds ahead) const;

  // Calls that cost more than was held, leases below what they hold. 0 unless something is broken.
  std::uint64_t defects() const { return defects_.load(std::memory_order_relaxed); }

 private:
  struct Account {
    domain::LeaseId lease;
    std::int64_t granted = 0, spent = 0, reserved = 0, available = 0;
    WallTime as_of{};
    std::uint64_t calls = 0;  // that hold something of `lease`
    // Of all its leases: spent and reserved; at the last turn of wishes(); what was added a second, smoothed.
    std::int64_t taken = 0, taken_before = 0, a_second = 0;
    WallTime counted_at{};
    bool busy = false;  // something was taken in the last turn of wishes()
    AdoptedLeases others;
    std::int64_t idle() const { return granted - spent - reserved; }
  };
  struct Stripe {
    mutable std::mutex mutex;  // guards accounts
    std::unordered_map<CustomerId, Account> accounts;
  };
  static constexpr std::size_t kStripes = 64;

  Stripe& stripe(CustomerId customer) { return stripes_[std::hash<CustomerId>{}(customer) % kStripes]; }
  const Stripe& stripe(CustomerId customer) const {
    return stripes_[std::hash<CustomerId>{}(customer) % kStripes];
  }
  Taken take(Account& account, std::int64_t held, std::int64_t least, std::int64_t most);
  bool believes(const Account& account) const { return clock_.wall() - account.as_of <= believed_; }
  void let_go(Account& account, domain::LeaseId lease, std::int64_t reserved, std::int64_t charged);
  void put_aside(Account& account);
  void own(domain::LeaseId lease, CustomerId customer);
  static std::int64_t room(const Account& account, Money least, std::chrono::seconds ahead);

  const Clock& clock_;
  const std::chrono::milliseconds believed_;
  std::array<Stripe, kStripes> stripes_;
  std::atomic<std::uint64_t> defects_{0};
  mutable std::mutex owners_mutex_;  // guards owners_; taken after a stripe's
  std::unordered_map<domain::LeaseId, CustomerId> owners_;
};

}  // namespace warp::charging
