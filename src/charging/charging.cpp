#include "warp/charging/charging.h"

#include <algorithm>
#include <utility>

namespace warp::charging {

using domain::ChargeRequest;
using domain::ChargeVerdict;
using domain::Hold;
using domain::Reason;
using std::chrono::seconds;

namespace {

// What one call may hold: a thousand million units.
constexpr Money kDearest = Money::from_nanos(1'000'000'000'000'000'000);
// Of a call without a limit of its own.
constexpr seconds kLongest{7 * 24 * 3600};

seconds longest_of(const ChargeRequest& request) {
  return request.longest.count() > 0 ? std::min(request.longest, kLongest) : kLongest;
}

metrics::Counter& served(metrics::Registry& registry, const char* how) {
  return registry.counter("warp_charging_holds_total",
                          "Holds that calls were given, at once or after a wait.", {{"how", how}});
}

metrics::Counter& refusals(metrics::Registry& registry, Reason reason) {
  return registry.counter("warp_charging_refused_total", "Holds that were refused, by reason.",
                          {{"reason", std::string(domain::to_string(reason))}});
}

}  // namespace

Charging::Charging(LeaseBook& book, Steward& steward, SpendWatch& watch, const Accounts& accounts,
                   const Clock& clock, Executor& control, const ChargingSettings& settings,
                   metrics::Registry& metrics)
    : book_(book),
      steward_(steward),
      watch_(watch),
      accounts_(accounts),
      clock_(clock),
      control_(control),
      settings_(settings),
      metrics_(metrics),
      at_once_(served(metrics, "at_once")),
      waited_(served(metrics, "waited")) {
  // Its name is there from the begin.
  static_cast<void>(refusals(metrics, Reason::InsufficientFunds));
}

ChargeVerdict Charging::refuse(Reason reason, std::string note) {
  refusals(metrics_, reason).add();
  return {reason, {}, std::move(note)};
}

ChargeVerdict Charging::held(const Asked& asked, const LeaseBook::Taken& taken) {
  ChargeVerdict verdict{Reason::NormalClearing, asked.hold, asked.note};
  verdict.hold.lease = taken.reserved == Money{} ? domain::LeaseId{} : taken.lease;
  verdict.hold.reserved = taken.reserved;
  verdict.hold.covered = covered_by(asked.price, taken.reserved, asked.most, exchange_of(asked.hold));
  return verdict;
}

std::optional<ChargeVerdict> Charging::reserve(ChargeRequest request, Executor& where, Done done) {
  const auto account = accounts_.account(request.customer);
  if (!account || !account->active) return refuse(Reason::AccountSuspended);
  if (request.price.plan.is_nil()) request.price.currency = account->currency;  // free
  const auto pico = accounts_.rate(request.price.currency, account->currency, request.at);
  if (!pico) return refuse(Reason::DestinationUnrated, "no rate of exchange");
  Asked asked{request.price, {}, longest_of(request), {}};
  asked.hold.currency = account->currency;
  asked.hold.decimals = account->decimals;
  asked.hold.fx_pico = *pico;
  const Exchange exchange = exchange_of(asked.hold);
  const auto least = least_of(request.price, exchange);
  if (!least || *least > kDearest) return refuse(Reason::InsufficientFunds, "more than money can count");
  const seconds allowed = watch_.longest(account->limits, request, exchange, asked.most, accounts_);
  if (allowed.count() <= 0) return refuse(Reason::SpendLimitReached, "longest call");
  const bool limited = allowed < std::exchange(asked.most, allowed);
  auto watched = watch_.admit(account->limits, request, accounts_);
  if (watched.refusal != Reason::NormalClearing) return refuse(watched.refusal, std::move(watched.note));
  asked.note = std::move(watched.note);
  if (account->unlimited) {
    asked.hold.unlimited = !limited;
    asked.hold.covered = limited ? asked.most : seconds{0};
    return Verdict{Reason::NormalClearing, asked.hold, std::move(asked.note)};
  }
  const auto whole = cost_of(request.price, asked.most, exchange);
  // Free, or of one price however long it lasts.
  const bool flat = whole && *whole <= *least;
  asked.hold.unlimited = flat && !limited;
  const auto first = cost_of(request.price, std::min(settings_.reserve, asked.most), exchange);
  Steward::Waiter waiter;
  waiter.customer = request.customer;
  waiter.least = *least;
  waiter.most = std::min(kDearest, std::max(*least, first.value_or(*least)));
  const auto taken = book_.reserve(request.customer, waiter.least, waiter.most);
  return ask(std::move(asked), taken, std::move(waiter), where, std::move(done));
}

std::optional<ChargeVerdict> Charging::extend(const ChargeRequest& request, const Hold& hold, Executor& where,
                                              Done done) {
  const auto account = accounts_.account(request.customer);
  if (!account || !account->active) return refuse(Reason::AccountSuspended);
  const Exchange exchange = exchange_of(hold);
  Asked asked{request.price, hold, longest_of(request), {}};
  asked.most = watch_.longest(account->limits, request, exchange, asked.most, accounts_);
  if (asked.most <= hold.covered) return refuse(Reason::SpendLimitReached, "longest call");
  // Without a limit, or without one any more: what was held goes back.
  if (account->unlimited) {
    asked.hold.lease = {};
    asked.hold.reserved = {};
    asked.hold.unlimited = asked.most == longest_of(request);
    asked.hold.covered = asked.most;
    return Verdict{Reason::NormalClearing, asked.hold, {}};
  }
  const auto least = cost_of(request.price, hold.covered + seconds{1}, exchange);
  const auto most = cost_of(request.price, std::min(hold.covered + settings_.reserve, asked.most), exchange);
  if (!least || !most || *most > kDearest) return refuse(Reason::InsufficientFunds);
  Steward::Waiter waiter{request.customer, hold.lease, hold.reserved, *least, *most, {}, {}};
  const auto taken = book_.grow(request.customer, hold.lease, hold.reserved, *least, *most);
  return ask(std::move(asked), taken, std::move(waiter), where, std::move(done));
}

std::optional<ChargeVerdict> Charging::ask(Asked asked, const LeaseBook::Taken& taken, Steward::Waiter waiter,
                                           Executor& where, Done done) {
  if (taken.take == LeaseBook::Take::Taken) {
    at_once_.add();
    return held(asked, taken);
  }
  // The database said a moment ago that there is none: it is not asked for every call.
  if (taken.take == LeaseBook::Take::Refused) return refuse(Reason::InsufficientFunds);
  waiter.until = clock_.now() + settings_.grant_timeout;
  waiter.done = [this, asked = std::move(asked), &where, done = std::move(done)](
                    Steward::Outcome outcome, const LeaseBook::Taken& late) {
    Verdict verdict;
    if (outcome == Steward::Outcome::Taken) {
      waited_.add();
      verdict = held(asked, late);
    } else {
      verdict = refuse(outcome == Steward::Outcome::NoFunds ? Reason::InsufficientFunds
                                                            : Reason::ChargingUnavailable);
    }
    where.post([done, verdict = std::move(verdict)] { done(verdict); });
  };
  control_.post([this, waiter = std::move(waiter)] { steward_.enqueue(waiter); });
  return std::nullopt;
}

void Charging::release(const Hold& hold) {
  if (hold.lease.is_nil()) return;
  if (const auto customer = book_.owner(hold.lease)) book_.release(*customer, hold.lease, hold.reserved);
}

void Charging::settled(const Hold& hold, Money charged, const domain::CallRecord& record) {
  if (const auto account = accounts_.account(record.customer))
    watch_.ended(account->limits, record, charged, accounts_);
  if (hold.lease.is_nil()) return;
  const std::lock_guard lock(mutex_);
  ended_.push_back(
      {record.customer, hold.lease, hold.reserved, charged, clock_.now() + settings_.settle_after});
}

Hold Charging::adopt(const domain::Charge& of_draft, CustomerId customer) {
  Hold hold;
  hold.lease = {of_draft.lease};
  hold.reserved = of_draft.reserved;
  hold.covered = seconds(of_draft.covered_seconds);
  hold.unlimited = of_draft.covered_seconds == 0;
  hold.currency = of_draft.currency;
  hold.fx_pico = of_draft.fx_pico;
  if (const auto account = accounts_.account(customer)) hold.decimals = account->decimals;
  if (!hold.lease.is_nil()) book_.adopt(customer, hold.lease, hold.reserved);
  return hold;
}

bool Charging::settle_due(bool all) {
  std::vector<Ended> due;
  bool more = false;
  {
    const std::lock_guard lock(mutex_);
    const auto now = clock_.now();
    // In the order of their ends.
    const auto end =
        all ? ended_.end()
            : std::find_if(ended_.begin(), ended_.end(), [&](const Ended& one) { return one.due > now; });
    due.assign(ended_.begin(), end);
    ended_.erase(ended_.begin(), end);
    more = !ended_.empty();
  }
  for (const Ended& one : due)
    book_.settle(one.customer, one.lease, one.reserved, one.charged);
  return more;
}

}  // namespace warp::charging
