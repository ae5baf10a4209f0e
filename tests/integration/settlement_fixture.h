// What the tests of records and their money share: accounts, leases, calls with a charge, and the books.
#pragma once

#include "warp/base/random.h"
#include "warp/store/billing.h"
#include "warp/store/record_repository.h"
#include "warp/store/usage.h"

#include "integration/store_fixture.h"

namespace warp::test {

class SettlementTest : public StoreTest {
 protected:
  using CallRecord = domain::CallRecord;
  using Batch = std::vector<CallRecord>;
  // A day that no other test has: what is summed of it is this test's.
  WallTime own_day() {
    static int days = 0;
    return WallTime(std::chrono::sys_days{std::chrono::year{2027} / 1 / 1}) + std::chrono::days(days++);
  }
  static std::string ask(const std::string& sql) {
    return postgres().run(postgres().migrated_database(), sql);
  }
  static std::shared_ptr<const Batch> batch(Batch records) {
    return std::make_shared<const Batch>(std::move(records));
  }

  CustomerId payer(std::int64_t balance, domain::BillingMode mode = domain::BillingMode::Prepaid) {
    store::NewCustomer wanted;
    wanted.name = fresh("payer");
    wanted.billing_mode = mode;
    const auto id = need(customers.create(op, wanted)).id;
    if (balance != 0)
      need(billing.post(
          op, {id, store::EntryKind::Payment, Money::from_nanos(balance), fresh("payment"), "test"}));
    return id;
  }
  // A lease of `process` with that much in it; how much it got.
  std::int64_t grant(Uuid lease, CustomerId customer, Uuid process, std::int64_t wanted) {
    return std::stoll(ask("SELECT granted FROM billing.grant_lease('" + lease.to_string() + "', '" +
                          customer.to_string() + "', 'node', '" + process.to_string() + "', " +
                          std::to_string(wanted) + ")"));
  }
  void end_lease(Uuid lease) { ask("SELECT billing.shrink_lease('" + lease.to_string() + "', 0, true)"); }

  CallRecord call(CustomerId customer, WallTime when, std::int64_t nanos, Uuid lease = {}) {
    CallRecord out;
    out.id = RecordId{ids.uuid7(when)};
    out.call = CallId{ids.uuid7(when)};
    out.customer = customer;
    out.setup_at = when;
    out.answered_at = when + std::chrono::seconds(2);
    out.ended_at = when + std::chrono::seconds(12);
    out.duration_us = 10'000'000;
    out.pdd_ms = 900;
    out.disposition = domain::Disposition::Answered;
    out.ani_e164 = "12025550001";
    out.dni_e164 = "442079460000";
    out.price.emplace();
    out.price->prefix = "44";
    out.price->amount = Money::from_nanos(nanos);
    out.price->billed_seconds = 10;
    out.price->decimals = 9;
    out.charge.charged = Money::from_nanos(nanos);
    out.charge.lease = lease;
    out.charge.reserved = lease.is_nil() ? Money{} : Money::from_nanos(nanos);
    return out;
  }
  Money balance_of(CustomerId of) { return need(billing.balance(op, of)).balance; }
  Money held_of(CustomerId of) { return need(billing.balance(op, of)).held; }
  static std::string disagreements() {
    return ask("SELECT coalesce(string_agg(a::text, '; '), '') FROM billing.check_all() AS a");
  }
  std::vector<store::Usage> usage(WallTime day, store::UsageGroup group, std::optional<CustomerId> of = {}) {
    store::UsageFilter filter;
    filter.from = std::chrono::floor<std::chrono::days>(day);
    filter.to = filter.from + std::chrono::days(1);
    filter.customer = of;
    return need(store::UsageRepository(t.pool).sums(op, filter, group));
  }

  SeededIdSource ids{20'27};
  store::RecordRepository records{t.pool};
  store::BillingRepository billing{t.pool};
};

}  // namespace warp::test
