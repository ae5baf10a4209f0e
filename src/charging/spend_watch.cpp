#include "warp/charging/spend_watch.h"

#include <algorithm>
#include <utility>

namespace warp::charging {

using domain::Reason;
using domain::SpendLimit;
using std::chrono::seconds;

namespace {

constexpr std::string_view kCall = "call";

std::string name_of(const SpendLimit& limit) {
  return "limit " + limit.id.to_string() + " a " + limit.window;
}

std::int64_t clamped(std::uint64_t count) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(count, INT64_MAX));
}

}  // namespace

WallTime SpendWatch::since(std::string_view window, WallTime when) {
  using namespace std::chrono;
  const auto day = floor<days>(when);
  if (window == "hour") return floor<hours>(when);
  if (window == "month") {
    const year_month_day date(day);
    return sys_days(date.year() / date.month() / 1);
  }
  return day;
}

Usage SpendWatch::Counter::total() const {
  Usage sum = shared;
  sum += sending;
  sum += unsent;
  return sum;
}

bool SpendWatch::holds(const SpendLimit& limit, const Subject& subject, const Accounts& accounts) {
  if (!limit.match.empty() && !subject.dni.starts_with(limit.match)) return false;
  if (!limit.scope.empty() && limit.scope != subject.trunk.to_string()) return false;
  return limit.schedule == 0 || accounts.open(limit.schedule, subject.at);
}

SpendWatch::Counter& SpendWatch::counter(const SpendLimit& limit, CustomerId customer, WallTime at) {
  Counter& counter = counters_[limit.id];
  const WallTime begin = since(limit.window, at);
  if (begin > counter.since || counter.window != limit.window) {
    const auto usual = begin == counter.since ? counter.usual_calls : -1;
    counter = {};
    counter.usual_calls = usual;
    counter.since = begin;
    counter.window = limit.window;
  }
  counter.customer = customer;
  return counter;
}

bool SpendWatch::reached(const SpendLimit& limit, const Counter& counter) {
  const Usage used = counter.total();
  if (limit.amount > Money{} && used.nanos >= limit.amount.nanos()) return true;
  if (limit.count > 0 && used.calls >= clamped(limit.count)) return true;
  if (limit.seconds > 0 && used.seconds >= clamped(limit.seconds)) return true;
  if (limit.factor_e2 == 0 || counter.usual_calls < 0) return false;
  const std::int64_t most = counter.usual_calls * limit.factor_e2 / 100;
  return used.calls >= std::max(most, kFewCalls);
}

void SpendWatch::alarm(const SpendLimit& limit, Counter& counter) {
  if (std::exchange(counter.alarmed, true)) return;
  alarms_.push_back({counter.customer, limit.id, limit.window, limit.action, counter.since, counter.total()});
}

// Of a limit that was reached: may this call go nevertheless?
bool SpendWatch::passes(const SpendLimit& limit, Counter& counter, WallTime at) {
  alarm(limit, counter);
  if (limit.action == "ALARM") return true;
  if (limit.action != "THROTTLE") return false;
  const auto second = std::chrono::floor<seconds>(at).time_since_epoch().count();
  if (std::exchange(counter.second, second) != second) counter.in_second = 0;
  return ++counter.in_second <= limit.throttle_cps;
}

SpendWatch::Verdict SpendWatch::admit(Limits limits, const domain::ChargeRequest& request,
                                      const Accounts& accounts) {
  if (limits.empty()) return {};
  const Subject subject{request.trunk, request.dni, request.at};
  Verdict verdict;
  const std::lock_guard lock(mutex_);
  for (const SpendLimit& limit : limits) {
    if (limit.window == kCall || !holds(limit, subject, accounts)) continue;
    Counter& counted = counter(limit, request.customer, request.at);
    if (!reached(limit, counted)) continue;
    verdict.note = name_of(limit);
    if (passes(limit, counted, request.at)) continue;
    verdict.refusal = limit.factor_e2 != 0 ? Reason::FraudSuspected : Reason::SpendLimitReached;
    return verdict;
  }
  for (const SpendLimit& limit : limits)
    if (limit.window != kCall && holds(limit, subject, accounts))
      ++counter(limit, request.customer, request.at).unsent.calls;
  return verdict;
}

seconds SpendWatch::longest(Limits limits, const domain::ChargeRequest& request, const Exchange& exchange,
                            seconds most, const Accounts& accounts) const {
  const Subject subject{request.trunk, request.dni, request.at};
  for (const SpendLimit& limit : limits) {
    if (limit.window != kCall || limit.action != "BLOCK" || !holds(limit, subject, accounts)) continue;
    if (limit.seconds > 0) most = std::min(most, seconds(clamped(limit.seconds)));
    if (limit.amount > Money{}) most = covered_by(request.price, limit.amount, most, exchange);
  }
  return most;
}

void SpendWatch::ended(Limits limits, const domain::CallRecord& record, Money charged,
                       const Accounts& accounts) {
  if (limits.empty()) return;
  const Subject subject{record.trunk, record.dni_e164, record.setup_at};
  const auto lasted = static_cast<std::int64_t>((record.duration_us + 999'999) / 1'000'000);
  const std::lock_guard lock(mutex_);
  for (const SpendLimit& limit : limits) {
    if (!holds(limit, subject, accounts)) continue;
    if (limit.window == kCall) {
      const bool over = (limit.amount > Money{} && charged >= limit.amount) ||
                        (limit.seconds > 0 && lasted >= clamped(limit.seconds));
      if (over)
        alarms_.push_back({record.customer,
                           limit.id,
                           limit.window,
                           limit.action,
                           record.setup_at,
                           {1, lasted, charged.nanos()}});
      continue;
    }
    // By its end: the window of its set-up may be over.
    Counter& counted = counter(limit, record.customer, record.ended_at);
    counted.unsent += {0, lasted, charged.nanos()};
    if (limit.action == "ALARM" && reached(limit, counted)) alarm(limit, counted);
  }
}

std::vector<SpendWatch::Alarm> SpendWatch::alarms() {
  const std::lock_guard lock(mutex_);
  return std::exchange(alarms_, {});
}

std::vector<SpendWatch::Share> SpendWatch::shares(WallTime now) {
  std::vector<Share> shares;
  const std::lock_guard lock(mutex_);
  for (auto& [limit, counted] : counters_) {
    if (counted.since != since(counted.window, now) || counted.sending != Usage{}) continue;
    counted.sending = std::exchange(counted.unsent, {});
    shares.push_back({limit, counted.window, counted.since, counted.sending});
  }
  return shares;
}

void SpendWatch::told(const Share& share, const Usage& total) {
  const std::lock_guard lock(mutex_);
  const auto found = counters_.find(share.limit);
  if (found == counters_.end() || found->second.since != share.since) return;
  found->second.sending = {};
  found->second.shared = total;
  found->second.told = true;
}

void SpendWatch::failed(const Share& share) {
  const std::lock_guard lock(mutex_);
  const auto found = counters_.find(share.limit);
  if (found == counters_.end() || found->second.since != share.since) return;
  found->second.unsent += std::exchange(found->second.sending, {});
}

void SpendWatch::seed(const Uuid& limit, const std::string& window, WallTime now, const Usage& used) {
  const std::lock_guard lock(mutex_);
  Counter& counted = counters_[limit];
  const WallTime begin = since(window, now);
  if (counted.since == begin && counted.told) return;
  if (counted.since != begin) counted = {};
  counted.since = begin;
  counted.window = window;
  counted.shared = used;
}

void SpendWatch::expect(const Uuid& limit, std::int64_t calls) {
  const std::lock_guard lock(mutex_);
  counters_[limit].usual_calls = calls;
}

}  // namespace warp::charging
