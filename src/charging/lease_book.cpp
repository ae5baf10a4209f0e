#include "warp/charging/lease_book.h"

#include <algorithm>

namespace warp::charging {

using domain::LeaseId;

namespace {

Money nanos(std::int64_t count) {
  return Money::from_nanos(count);
}

constexpr std::int64_t kMicrosPerSecond = 1'000'000;

}  // namespace

// `held`: what the call has of this lease already.
LeaseBook::Taken LeaseBook::take(Account& account, std::int64_t held, std::int64_t least, std::int64_t most) {
  if (account.lease.is_nil() || account.as_of == WallTime{}) return {};
  const std::int64_t idle = account.idle();
  if (most == 0) {
    if (account.available + idle >= 0) return {Take::Taken, account.lease, {}};
    return {believes(account) ? Take::Refused : Take::NeedsGrant, account.lease, {}};
  }
  std::int64_t more = most - held;
  if (more > idle) {
    if (!believes(account)) return {Take::NeedsGrant, account.lease, nanos(held)};
    // A grant would bring it.
    if (account.available > 0) return {Take::NeedsGrant, account.lease, nanos(held)};
    more = idle;
    if (more <= 0 || held + more < least) return {Take::Refused, account.lease, nanos(held)};
  }
  account.reserved += more;
  account.taken += more;
  return {Take::Taken, account.lease, nanos(held + more)};
}

LeaseBook::Taken LeaseBook::reserve(CustomerId customer, Money least, Money most) {
  Stripe& part = stripe(customer);
  const std::lock_guard lock(part.mutex);
  Account& account = part.accounts[customer];
  const Taken taken = take(account, 0, least.nanos(), most.nanos());
  if (taken.take == Take::Taken && most.nanos() != 0) ++account.calls;
  return taken;
}

LeaseBook::Taken LeaseBook::grow(CustomerId customer, LeaseId lease, Money from, Money least, Money most) {
  Stripe& part = stripe(customer);
  const std::lock_guard lock(part.mutex);
  Account& account = part.accounts[customer];
  const bool same = lease == account.lease;
  const Taken taken = take(account, same ? from.nanos() : 0, least.nanos(), most.nanos());
  if (taken.take == Take::Taken && !same) ++account.calls;
  return taken;
}

void LeaseBook::let_go(Account& account, LeaseId lease, std::int64_t reserved, std::int64_t charged) {
  if (charged > reserved) defects_.fetch_add(1, std::memory_order_relaxed);
  if (lease == account.lease) {
    account.reserved -= reserved;
    account.spent += charged;
    account.taken -= reserved - charged;
    if (account.calls > 0) --account.calls;
    return;
  }
  const auto other = account.others.find(lease);
  if (other == account.others.end()) return;
  other->second.reserved -= reserved;
  if (other->second.calls > 0) --other->second.calls;
  if (other->second.calls == 0) account.others.erase(other);
}

void LeaseBook::release(CustomerId customer, LeaseId lease, Money reserved) {
  settle(customer, lease, reserved, Money{});
}

void LeaseBook::settle(CustomerId customer, LeaseId lease, Money reserved, Money charged) {
  Stripe& part = stripe(customer);
  const std::lock_guard lock(part.mutex);
  const auto found = part.accounts.find(customer);
  if (found != part.accounts.end()) let_go(found->second, lease, reserved.nanos(), charged.nanos());
}

void LeaseBook::put_aside(Account& account) {
  if (account.calls > 0) account.others[account.lease] = {account.calls, account.reserved};
  account.lease = {};
  account.granted = account.spent = account.reserved = 0;
  account.calls = 0;
  account.as_of = {};
}

void LeaseBook::own(LeaseId lease, CustomerId customer) {
  const std::lock_guard lock(owners_mutex_);
  owners_[lease] = customer;
}

void LeaseBook::open(CustomerId customer, LeaseId lease) {
  Stripe& part = stripe(customer);
  const std::lock_guard lock(part.mutex);
  Account& account = part.accounts[customer];
  if (account.lease == lease) return;
  if (!account.lease.is_nil()) put_aside(account);
  account.lease = lease;
  own(lease, customer);
}

void LeaseBook::granted(CustomerId customer, LeaseId lease, Money total, Money available, WallTime as_of) {
  Stripe& part = stripe(customer);
  const std::lock_guard lock(part.mutex);
  Account& account = part.accounts[customer];
  if (account.lease != lease) return;
  if (total.nanos() < account.spent + account.reserved) defects_.fetch_add(1, std::memory_order_relaxed);
  account.granted = total.nanos();
  account.available = available.nanos();
  account.as_of = as_of;
}

void LeaseBook::lost(CustomerId customer, LeaseId lease) {
  Stripe& part = stripe(customer);
  const std::lock_guard lock(part.mutex);
  const auto found = part.accounts.find(customer);
  if (found != part.accounts.end() && found->second.lease == lease) put_aside(found->second);
}

void LeaseBook::adopt(CustomerId customer, LeaseId lease, Money reserved) {
  Stripe& part = stripe(customer);
  const std::lock_guard lock(part.mutex);
  Adopted& other = part.accounts[customer].others[lease];
  other.reserved += reserved.nanos();
  ++other.calls;
  own(lease, customer);
}

LeaseBook::AdoptedLeases LeaseBook::adopted() const {
  AdoptedLeases all;
  for (const Stripe& part : stripes_) {
    const std::lock_guard lock(part.mutex);
    for (const auto& [customer, account] : part.accounts)
      all.insert(account.others.begin(), account.others.end());
  }
  return all;
}

Money LeaseBook::give_back(CustomerId customer, LeaseId lease, Money keep) {
  Stripe& part = stripe(customer);
  const std::lock_guard lock(part.mutex);
  const auto found = part.accounts.find(customer);
  if (found == part.accounts.end() || found->second.lease != lease) return {};
  const std::int64_t back = std::max<std::int64_t>(0, found->second.idle() - keep.nanos());
  found->second.granted -= back;
  found->second.available += back;
  return nanos(back);
}

std::optional<LeaseBook::State> LeaseBook::state(CustomerId customer) const {
  const Stripe& part = stripe(customer);
  const std::lock_guard lock(part.mutex);
  const auto found = part.accounts.find(customer);
  if (found == part.accounts.end()) return std::nullopt;
  const Account& account = found->second;
  return State{account.lease,           nanos(account.granted),   nanos(account.spent),
               nanos(account.reserved), nanos(account.available), account.as_of};
}

std::optional<CustomerId> LeaseBook::owner(LeaseId lease) const {
  const std::lock_guard lock(owners_mutex_);
  const auto found = owners_.find(lease);
  return found == owners_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<CustomerId> LeaseBook::customers() const {
  std::vector<CustomerId> all;
  for (const Stripe& part : stripes_) {
    const std::lock_guard lock(part.mutex);
    for (const auto& [customer, account] : part.accounts)
      if (!account.lease.is_nil()) all.push_back(customer);
  }
  return all;
}

std::int64_t LeaseBook::room(const Account& account, Money least, std::chrono::seconds ahead) {
  constexpr std::int64_t kMost = 1'000'000'000'000'000'000;
  const auto ahead_of_it = Money::scale(nanos(account.a_second), ahead.count(), 1, Rounding::Up);
  return std::max(least.nanos(), std::min(kMost, ahead_of_it.value_or(nanos(kMost)).nanos()));
}

std::vector<LeaseBook::Wish> LeaseBook::wishes(WallTime now, Money least, std::chrono::seconds ahead) {
  std::vector<Wish> wishes;
  for (Stripe& part : stripes_) {
    const std::lock_guard lock(part.mutex);
    for (auto& [customer, account] : part.accounts) {
      if (account.lease.is_nil()) continue;
      const std::int64_t passed = (now - account.counted_at).count();
      const std::int64_t more = std::max<std::int64_t>(0, account.taken - account.taken_before);
      if (account.counted_at != WallTime{} && passed > 0) {
        const auto rate = Money::scale(nanos(more), kMicrosPerSecond, passed, Rounding::Up);
        account.a_second += (rate.value_or(nanos(0)).nanos() - account.a_second) / 4;
      }
      account.busy = more > 0;
      account.counted_at = now;
      account.taken_before = account.taken;
      const std::int64_t target = room(account, least, ahead);
      if (!account.busy || account.idle() >= target / 2) continue;
      // It was asked for just now, and there was none.
      if (believes(account) && account.available <= 0) continue;
      wishes.push_back({customer, account.lease, nanos(account.spent + account.reserved + target)});
    }
  }
  return wishes;
}

Money LeaseBook::wanted(CustomerId customer, Money more, Money least, std::chrono::seconds ahead) const {
  const Stripe& part = stripe(customer);
  const std::lock_guard lock(part.mutex);
  const auto found = part.accounts.find(customer);
  if (found == part.accounts.end()) return nanos(std::max(more, least).nanos());
  const Account& account = found->second;
  return nanos(account.spent + account.reserved + std::max(more.nanos(), room(account, least, ahead)));
}

Money LeaseBook::kept(CustomerId customer, Money least, std::chrono::seconds ahead) const {
  const Stripe& part = stripe(customer);
  const std::lock_guard lock(part.mutex);
  const auto found = part.accounts.find(customer);
  if (found == part.accounts.end() || !found->second.busy) return {};
  return nanos(room(found->second, least, ahead));
}

}  // namespace warp::charging
