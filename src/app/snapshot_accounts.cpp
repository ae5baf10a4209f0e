#include "app/snapshot_accounts.h"

#include <utility>

namespace warp::app {
namespace {

constexpr std::int64_t kOne = 1'000'000'000'000;

}  // namespace

void SnapshotAccounts::renew(store::SpendLimitRepository::Terms terms, WallTime now) {
  auto next = std::make_shared<Terms>();
  const auto before = terms_.current();
  next->schedules = rating::ScheduleBook::compile(terms.schedules, now, before ? before->schedules : nullptr);
  next->fx = rating::FxTable(std::move(terms.fx));
  terms_.publish(std::move(next));
}

std::optional<charging::Account> SnapshotAccounts::account(CustomerId customer) const {
  auto snapshot = snapshots_.current();
  const domain::Customer* found = snapshot ? snapshot->customer(customer) : nullptr;
  if (found == nullptr) return std::nullopt;
  charging::Account account;
  account.currency = found->currency;
  account.decimals = found->decimals;
  account.active = found->active;
  account.unlimited = found->billing_mode == domain::BillingMode::Postpaid && found->credit_limit == Money{};
  account.limits = found->limits;
  account.keeps = std::move(snapshot);
  return account;
}

std::optional<std::int64_t> SnapshotAccounts::rate(Currency from, Currency to, WallTime when) const {
  if (from == to) return kOne;
  const auto terms = terms_.current();
  const auto row = terms ? terms->fx.rate(from, to, when) : std::nullopt;
  return row ? std::optional(row->pico) : std::nullopt;
}

bool SnapshotAccounts::open(std::uint16_t schedule, WallTime when) const {
  if (schedule == 0) return true;
  const auto terms = terms_.current();
  return terms && terms->schedules && terms->schedules->open(schedule, when);
}

}  // namespace warp::app
