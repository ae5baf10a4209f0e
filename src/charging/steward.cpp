#include "warp/charging/steward.h"

#include <algorithm>
#include <utility>

namespace warp::charging {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds kFillInterval{1};
// A thousand million units: more is not asked for at once, whatever calls cost.
constexpr std::int64_t kMost = 1'000'000'000'000'000'000;

metrics::Counter& outcome(metrics::Registry& registry, const char* name) {
  return registry.counter("warp_charging_requests_total",
                          "Requests for money of accounts to the database, by outcome.", {{"outcome", name}});
}

}  // namespace

Steward::Steward(LeaseBook& book, LeaseBank& bank, const Clock& clock, IdSource& ids,
                 const StewardSettings& settings, metrics::Registry& metrics, log::Logger& log)
    : book_(book),
      bank_(bank),
      clock_(clock),
      ids_(ids),
      settings_(settings),
      log_(log),
      granted_(outcome(metrics, "granted")),
      short_(outcome(metrics, "short")),
      failed_(outcome(metrics, "failed")),
      returned_(outcome(metrics, "returned")),
      waiting_(metrics.gauge("warp_charging_waiting_calls", "Calls that wait for money of their account.")) {}

void Steward::enqueue(Waiter waiter) {
  const CustomerId customer = waiter.customer;
  Desk& desk = desks_[customer];
  desk.waiters.push_back(std::move(waiter));
  waiting_.add(1);
  attend(customer, desk);
}

void Steward::notified(CustomerId customer) {
  const auto found = desks_.find(customer);
  if (found == desks_.end()) return;
  found->second.give_all = true;
  attend(customer, found->second);
}

void Steward::attend(CustomerId customer, Desk& desk) {
  const bool work = !desk.waiters.empty() || desk.top_up || desk.give || desk.give_all;
  if (leaving_ || desk.busy || !work || tasks_ == nullptr || clock_.now() < desk.not_before) return;
  desk.busy = true;
  ++asking_;
  if (tasks_->spawn("charging.serve", serve(customer))) return;
  desk.busy = false;
  --asking_;
}

asio::awaitable<void> Steward::serve(CustomerId customer) {
  Desk& desk = desks_[customer];
  while (clock_.now() >= desk.not_before) {
    if (!desk.waiters.empty() || desk.top_up) {
      co_await ask(customer, desk);
    } else if (std::exchange(desk.give_all, false)) {
      desk.give = false;
      co_await give_back(customer, desk, Money{});
    } else if (std::exchange(desk.give, false)) {
      const Money keep = book_.kept(customer, settings_.least_lease, settings_.ahead);
      co_await give_back(customer, desk, keep);
    } else {
      break;
    }
  }
  desk.busy = false;
  --asking_;
}

domain::LeaseId Steward::lease_of(CustomerId customer) {
  const auto state = book_.state(customer);
  if (state && !state->lease.is_nil()) return state->lease;
  const domain::LeaseId fresh{ids_.uuid7(clock_.wall())};
  book_.open(customer, fresh);
  return fresh;
}

asio::awaitable<void> Steward::ask(CustomerId customer, Desk& desk) {
  desk.top_up = false;
  std::int64_t more = 0;
  for (const Waiter& waiter : desk.waiters)
    more = std::min(kMost, more + std::min(kMost, waiter.most.nanos()));
  const domain::LeaseId lease = lease_of(customer);
  const Money total = book_.wanted(customer, Money::from_nanos(more), settings_.least_lease, settings_.ahead);
  const auto granted = co_await bank_.grant(lease, customer, total, ++desk.turn);
  desk.asked_at = clock_.now();
  if (!granted) {
    failed(customer, desk, lease, granted.error());
    co_return;
  }
  if (std::exchange(failing_, false)) log_.info("charging.database_back");
  (granted->granted < total ? short_ : granted_).add();
  book_.granted(customer, lease, granted->granted, granted->available, clock_.wall());
  answer(desk, *granted);
}

void Steward::failed(CustomerId customer, Desk& desk, domain::LeaseId lease, const store::Error& error) {
  failed_.add();
  if (error.kind == store::ErrorKind::NotFound) {
    book_.lost(customer, lease);
    log_.warning("charging.lease_closed",
                 {{"customer", customer},
                  {"lease", lease},
                  {"effect", "its calls go on; what they cost is taken from the balance"}});
    return;
  }
  desk.not_before = clock_.now() + settings_.retry;
  // Once an outage: the retries would fill the log.
  if (!std::exchange(failing_, true))
    log_.warning("charging.database_away",
                 {{"kind", to_string(error.kind)},
                  {"error", error.message},
                  {"effect", "calls are let in as long as this process has money of their accounts"}});
}

LeaseBook::Taken Steward::take(const Waiter& waiter) {
  if (waiter.held == Money{}) return book_.reserve(waiter.customer, waiter.least, waiter.most);
  return book_.grow(waiter.customer, waiter.lease, waiter.held, waiter.least, waiter.most);
}

void Steward::answer(Desk& desk, const store::LeaseGrant& grant) {
  const auto now = clock_.now();
  const bool active = grant.status == "ACTIVE";
  std::vector<Waiter> left;
  for (Waiter& waiter : desk.waiters) {
    const auto taken = active ? take(waiter) : LeaseBook::Taken{LeaseBook::Take::Refused, {}, {}};
    if (taken.take == LeaseBook::Take::NeedsGrant) {  // others took it between the asking and the answer
      left.push_back(std::move(waiter));
      continue;
    }
    const bool again = taken.take == LeaseBook::Take::Refused && active && waiter.patient &&
                       now + 2 * settings_.retry < waiter.until;
    if (again) {
      waiter.patient = false;
      desk.not_before = now + settings_.retry;
      left.push_back(std::move(waiter));
      continue;
    }
    waiting_.add(-1);
    waiter.done(taken.take == LeaseBook::Take::Taken ? Outcome::Taken : Outcome::NoFunds, taken);
  }
  desk.waiters = std::move(left);
}

asio::awaitable<void> Steward::give_back(CustomerId customer, Desk& desk, Money keep) {
  const auto before = book_.state(customer);
  if (!before || before->lease.is_nil()) co_return;
  const Money back = book_.give_back(customer, before->lease, keep);
  if (back == Money{}) co_return;
  const auto after = book_.state(customer);
  // When the answer is lost, the database says at the next grant what the lease has.
  const auto returned = co_await bank_.give_back(before->lease, after->granted, ++desk.turn);
  if (returned) {
    returned_.add();
    co_return;
  }
  failed_.add();
  // Nothing was done: it is ours as before.
  if (returned.error().kind == store::ErrorKind::Unavailable)
    book_.granted(customer, before->lease, before->granted, before->available, before->as_of);
}

void Steward::sweep(Desk& desk, Monotonic now) {
  std::vector<Waiter> left;
  for (Waiter& waiter : desk.waiters) {
    if (now < waiter.until) {
      left.push_back(std::move(waiter));
      continue;
    }
    waiting_.add(-1);
    // There may be enough to begin with.
    waiter.most = std::max(waiter.least, waiter.held);
    const auto taken = waiter.least > waiter.held ? take(waiter) : LeaseBook::Taken{};
    waiter.done(taken.take == LeaseBook::Take::Taken ? Outcome::Taken : Outcome::Away, taken);
  }
  desk.waiters = std::move(left);
}

void Steward::fill(WallTime now) {
  for (const auto& wish : book_.wishes(now, settings_.least_lease, settings_.ahead))
    desks_[wish.customer].top_up = true;
}

void Steward::empty_idle() {
  if (failing_) return;  // what is here may be needed until the database is back
  for (const CustomerId customer : book_.customers()) {
    const auto state = book_.state(customer);
    if (state && state->idle() > book_.kept(customer, settings_.least_lease, settings_.ahead))
      desks_[customer].give = true;
  }
}

void Steward::keep_alive(Monotonic now) {
  for (const CustomerId customer : book_.customers()) {
    Desk& desk = desks_[customer];
    if (now - desk.asked_at >= settings_.heartbeat) desk.top_up = true;
  }
}

bool Steward::tick() {
  const auto now = clock_.now();
  if (now - filled_at_ >= kFillInterval) {
    filled_at_ = now;
    fill(clock_.wall());
  }
  if (now - emptied_at_ >= settings_.give_back_interval) {
    emptied_at_ = now;
    empty_idle();
  }
  if (now - beat_at_ >= settings_.heartbeat / 4) {
    beat_at_ = now;
    keep_alive(now);
  }
  bool waited_for = false;
  for (auto& [customer, desk] : desks_) {
    if (!desk.waiters.empty()) sweep(desk, now);
    attend(customer, desk);
    waited_for = waited_for || desk.busy || !desk.waiters.empty();
  }
  return waited_for;
}

asio::awaitable<void> Steward::leave(bool close) {
  leaving_ = true;
  for (const CustomerId customer : book_.customers()) {
    const auto state = book_.state(customer);
    if (!state || state->lease.is_nil()) continue;
    if (!close || state->reserved != Money{}) {
      co_await give_back(customer, desks_[customer], Money{});
      continue;
    }
    const auto closed = co_await bank_.close(state->lease);
    if (!closed) failed_.add();
  }
}

}  // namespace warp::charging
