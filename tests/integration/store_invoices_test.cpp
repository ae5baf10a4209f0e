// Periods are closed, voided and paid against the real Postgres; what the audit finds.
#include <future>
#include <map>
#include <random>

#include "warp/store/bans.h"
#include "warp/store/billing.h"
#include "warp/store/invoices.h"
#include "warp/store/taxes.h"

#include "integration/store_fixture.h"

namespace warp::store {
namespace {

using billing::LineKind;

constexpr std::int64_t kUnit = Money::kNanosPerUnit;

class Invoices : public test::StoreTest {
 protected:
  static void SetUpTestSuite() { ask("SELECT records.ensure_partitions('2024-12-30', '2025-03-10')"); }
  static std::string ask(const std::string& sql) {
    return postgres().run(postgres().migrated_database(), sql);
  }
  static WallTime day(unsigned month, unsigned of_month) {
    return WallTime(std::chrono::sys_days(std::chrono::year(2025) / static_cast<int>(month) /
                                          static_cast<int>(of_month)));
  }
  static std::string quoted(const std::string& text) { return "'" + text + "'"; }

  // A customer whose period is January 2025.
  Ban account() {
    const auto who = customer().id;
    const auto ban = need(bans.list(op, who)).at(0).ban;
    begin_in_january(ban);
    return need(bans.get(op, ban));
  }
  static void begin_in_january(const std::string& ban) {
    ask("UPDATE billing.bans SET period_start = '2025-01-01Z', opens_at = '2025-01-01Z', next_close = "
        "'2025-02-01Z' "
        "WHERE ban = " +
        quoted(ban));
  }
  // A call that ended at `at` and cost so much: its record, its entry, its place in the summary.
  static void call(const Ban& of, const std::string& at, std::int64_t nanos, const std::string& stored = "",
                   const std::string& ban = "") {
    const auto who = quoted(of.customer.to_string()) + "::uuid", when = quoted(at) + "::timestamptz";
    const auto amount = std::to_string(nanos);
    ask("WITH entry AS (SELECT nextval('billing.ledger_ids') AS id), settled AS (SELECT "
        "billing.settle_calls(ARRAY[" +
        who + "], ARRAY[NULL::uuid], ARRAY[" + amount +
        "::bigint], ARRAY[entry.id], ARRAY['USD']) FROM entry), summed AS (INSERT INTO "
        "records.daily_usage_summary AS d (day, customer_id, kind, direction, prefix, jurisdiction, "
        "currency, "
        "charge_nanos) SELECT ((" +
        when + " - interval '60 s') AT TIME ZONE 'UTC')::date, " + who +
        ", 'call', 'outbound', '1', 'INTERSTATE', 'USD', " + amount +
        " FROM settled ON CONFLICT (day, customer_id, trunk_id, provider_id, kind, direction, prefix, "
        "jurisdiction, "
        "currency) DO UPDATE SET charge_nanos = d.charge_nanos + excluded.charge_nanos RETURNING 1) "
        "INSERT INTO records.cdrs (id, setup_at, call_id, customer_id, direction, sip_call_id, "
        "far_sip_call_id, "
        "source_address, ani, dni, ani_e164, dni_e164, answered_at, ended_at, duration_us, disposition, "
        "reason, "
        "reason_code, sip_status, q850, release_side, price_prefix, price_billed_seconds, "
        "price_jurisdiction, "
        "charge_nanos, charge_currency, ledger_entry, ban, stored_at) SELECT gen_random_uuid(), " +
        when + " - interval '60 s', gen_random_uuid(), " + who +
        ", 'outbound', '', '', '', '', '', '', '12125550100', " + when + " - interval '60 s', " + when +
        ", 60000000, 'answered', 'NORMAL_CLEARING', 0, 200, 16, 'caller', '1', 60, "
        "'INTERSTATE', " +
        amount + ", 'USD', CASE WHEN " + amount + " <> 0 THEN entry.id END, nullif(" + quoted(ban) +
        ", ''), coalesce(nullif(" + quoted(stored) + ", '')::timestamptz, " + when +
        " + interval '1 s') FROM entry, summed");
  }
  void charge(const Ban& of, const std::string& sku, std::int64_t units, WallTime from,
              std::optional<WallTime> to = {}) {
    RecurringCharge wanted;
    wanted.ban = of.ban;
    wanted.sku = sku;
    wanted.amount = Money::from_nanos(units * kUnit);
    wanted.starts_at = from;
    wanted.ends_at = to;
    need(bans.add_charge(op, wanted));
  }
  std::optional<Invoice> close(const Ban& of) {
    return need(invoices.close(of.ban, clock.wall(), clock.wall()));
  }
  InvoiceDetail detail(const Invoice& of) { return need(invoices.get(op, of.id)); }
  Posted pay(const Ban& of, std::int64_t nanos) {
    return need(
        billing.post(op, {of.customer, EntryKind::Payment, Money::from_nanos(nanos), fresh("payment"), ""}));
  }
  // What the account lost, payments aside.
  static std::int64_t ledger(const Ban& of) {
    return std::stoll(
        ask("SELECT coalesce(-sum(amount_nanos), 0)::bigint FROM billing.ledger WHERE kind <> 'payment' AND "
            "customer_id = " +
            quoted(of.customer.to_string())));
  }
  static std::string wrong(const Ban& of, const std::string& planted = "") {
    const auto plant =
        planted.empty() ? "" : "BEGIN; SET LOCAL session_replication_role = replica; " + planted + ";";
    return ask(
        plant +
        "SELECT coalesce(string_agg(DISTINCT rule, ' '), '') FROM billing.check_all() WHERE customer_id = " +
        quoted(of.customer.to_string()) + " OR customer_id IS NULL AND rule <> 'summary'");
  }
  static std::vector<LineKind> kinds(const InvoiceDetail& of) {
    std::vector<LineKind> out;
    for (const auto& line : of.lines)
      out.push_back(line.kind);
    return out;
  }

  BanRepository bans{t.pool};
  TaxRepository taxes{t.pool};
  InvoiceRepository invoices{t.pool};
  BillingRepository billing{t.pool};
};

TEST_F(Invoices, AnAccountIsBilledFromItsFirstMoment) {
  const auto who = customer();
  const auto mine = need(bans.list(as(who.id), who.id));
  ASSERT_EQ(mine.size(), 1u);
  EXPECT_TRUE(mine[0].is_default);
  EXPECT_EQ(mine[0].cycle.kind, billing::CycleKind::Monthly);
  EXPECT_EQ(*billing::next_edge(mine[0].cycle, mine[0].period.start, clock.wall()), mine[0].period.end);
  EXPECT_TRUE(need(bans.list(as(customer().id), who.id)).empty()) << "another tenant's";
}

TEST_F(Invoices, APeriodIsWhatEndedInIt) {
  const auto ban = account();
  call(ban, "2025-01-01T00:00:00Z", 2 * kUnit);
  call(ban, "2025-01-31T23:59:59.999999Z", 3 * kUnit);
  call(ban, "2025-02-01T00:00:00Z", 5 * kUnit);
  charge(ban, "DID", 31, day(1, 22));
  const auto january = close(ban);
  ASSERT_TRUE(january);
  EXPECT_EQ(january->total.nanos(), (2 + 3 + 10) * kUnit);
  EXPECT_EQ(january->period, (billing::Period{day(1, 1), day(2, 1)}));
  EXPECT_EQ(january->status, "ISSUED");
  const auto lines = detail(*january).lines;
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].sku, "VOICE-OUT");
  EXPECT_EQ(lines[0].items, 2u);
  EXPECT_EQ(lines[0].units, 120u);
  EXPECT_FALSE(lines[0].ledger_entry);
  EXPECT_TRUE(lines[1].ledger_entry) << "what was in no ledger is booked";
  const auto february = close(ban);
  EXPECT_EQ(february->total.nanos(), (5 + 31) * kUnit);
  EXPECT_EQ(ledger(ban), january->total.nanos() + february->total.nanos());
  EXPECT_EQ(wrong(ban), "");
  EXPECT_EQ(need(bans.get(op, ban.ban)).period.start, day(3, 1));
}

TEST_F(Invoices, WhatIsStoredLateIsOnTheNextOneOnce) {
  const auto ban = account();
  call(ban, "2025-01-10T00:00:00Z", kUnit);
  const auto cut = day(2, 2);
  const auto first = need(invoices.close(ban.ban, day(2, 1), cut));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->total.nanos(), kUnit);
  call(ban, "2025-01-20T00:00:00Z", 10 * kUnit, "2025-02-03Z");
  call(ban, "2025-02-01T12:00:00Z", 100 * kUnit, "2025-02-01T12:00:01Z");
  const auto second = need(invoices.close(ban.ban, day(3, 1), day(3, 2)));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->total.nanos(), 110 * kUnit);
  EXPECT_EQ(ledger(ban), 111 * kUnit);
  EXPECT_EQ(wrong(ban), "");
}

TEST_F(Invoices, TwoNodesCloseOnce) {
  for (int round = 0; round < 5; ++round) {
    const auto ban = account();
    call(ban, "2025-01-10T00:00:00Z", kUnit);
    auto one = t.control.spawn(invoices.close(ban.ban, day(2, 1), clock.wall()));
    auto other = t.control.spawn(invoices.close(ban.ban, day(2, 1), clock.wall()));
    const auto a = one.get(), b = other.get();
    ASSERT_TRUE(a) << a.error().message;
    ASSERT_TRUE(b) << b.error().message;
    EXPECT_NE(a->has_value(), b->has_value());
    EXPECT_FALSE(need(invoices.close(ban.ban, day(2, 1), clock.wall()))) << "it is closed";
    EXPECT_EQ(wrong(ban), "");
  }
}

TEST_F(Invoices, NumbersHaveNoGapsThoughCloseFails) {
  const auto ban = account(), broken = account();
  ask("UPDATE billing.bans SET zone = 'Mars/Olympus' WHERE ban = " + quoted(broken.ban));
  EXPECT_EQ(failure(invoices.close(broken.ban, clock.wall(), clock.wall())), ErrorKind::Internal);
  const auto first = close(ban), second = close(ban);
  const auto number = [](const Invoice& of) { return std::stoll(of.number.substr(5)); };
  EXPECT_EQ(number(*second), number(*first) + 1);
  EXPECT_EQ(ask("SELECT count(*) FROM billing.check_invoices() WHERE rule = 'invoice_number'"), "0");
}

TEST_F(Invoices, AVoidOneTakesBackWhatItBookedAndIsMadeAnew) {
  const auto ban = account();
  call(ban, "2025-01-10T00:00:00Z", 2 * kUnit);
  charge(ban, "DID", 31, day(1, 1));
  const auto first = *close(ban);
  pay(ban, 33 * kUnit);
  EXPECT_EQ(need(invoices.get(op, first.id)).invoice.status, "PAID");
  charge(ban, "DID", 62, day(1, 1), day(1, 16));
  const auto again = need(invoices.make_anew(op, first.id));
  EXPECT_EQ(again.period, first.period);
  EXPECT_NE(again.number, first.number);
  EXPECT_EQ(again.total.nanos(), (2 + 31 + 30) * kUnit);
  EXPECT_EQ(again.applied.nanos(), 33 * kUnit) << "the payment went to the new one";
  EXPECT_EQ(again.status, "ISSUED");
  const auto voided = need(invoices.get(op, first.id));
  EXPECT_EQ(voided.invoice.status, "VOID");
  EXPECT_EQ(voided.invoice.due(), Money());
  EXPECT_TRUE(voided.payments.empty());
  EXPECT_EQ(ledger(ban), again.total.nanos());
  EXPECT_EQ(wrong(ban), "");
  EXPECT_EQ(failure(invoices.make_anew(op, first.id)), ErrorKind::Invalid);
  ASSERT_TRUE(close(ban));
  EXPECT_EQ(failure(invoices.make_anew(op, again.id)), ErrorKind::Invalid) << "a later one stands on it";
}

TEST_F(Invoices, PaymentsPayTheOldestFirst) {
  const auto ban = account();
  call(ban, "2025-01-10T00:00:00Z", 10 * kUnit);
  call(ban, "2025-02-10T00:00:00Z", 20 * kUnit);
  const auto first = *close(ban), second = *close(ban);
  pay(ban, 4 * kUnit);
  EXPECT_EQ(detail(first).invoice.due().nanos(), 6 * kUnit);
  pay(ban, 16 * kUnit);
  EXPECT_EQ(detail(first).invoice.status, "PAID");
  EXPECT_EQ(detail(first).payments.size(), 2u);
  EXPECT_EQ(detail(second).invoice.due().nanos(), 10 * kUnit);
  pay(ban, 100 * kUnit);
  EXPECT_EQ(detail(second).invoice.status, "PAID");
  const auto third = *close(ban);
  EXPECT_EQ(third.status, "PAID") << "of nothing";
  EXPECT_EQ(wrong(ban), "");
}

TEST_F(Invoices, AUsedPaymentIsPassedOverUntilItIsFree) {
  const auto ban = account();
  call(ban, "2025-01-10T00:00:00Z", 10 * kUnit);
  const auto invoice = *close(ban);
  const auto mark = [&] {
    return ask("SELECT payments_used_through FROM billing.balances WHERE customer_id = " +
               quoted(ban.customer.to_string()));
  };
  const auto none = mark();
  const auto first = pay(ban, 4 * kUnit).entry;
  EXPECT_EQ(mark(), std::to_string(first.number));
  const auto second = pay(ban, 7 * kUnit).entry;
  EXPECT_EQ(mark(), std::to_string(first.number)) << "a unit is left";
  EXPECT_EQ(detail(invoice).invoice.status, "PAID");
  need(invoices.free_payment(op, invoice.id, first.id));
  EXPECT_EQ(mark(), std::to_string(first.number - 1));
  pay(ban, kUnit);
  EXPECT_EQ(detail(invoice).invoice.status, "PAID") << "with the freed one";
  EXPECT_EQ(mark(), std::to_string(first.number));
  EXPECT_EQ(none, "0");
  EXPECT_GT(second.number, first.number);
  EXPECT_EQ(wrong(ban), "");
}

TEST_F(Invoices, PaymentsByHand) {
  auto ban = account();
  ban.payment_order = PaymentOrder::ByHand;
  need(bans.update(op, ban));
  call(ban, "2025-01-10T00:00:00Z", 10 * kUnit);
  const auto invoice = *close(ban);
  const auto payment = pay(ban, 8 * kUnit).entry.id;
  EXPECT_EQ(detail(invoice).invoice.applied, Money());
  EXPECT_EQ(failure(invoices.apply(op, invoice.id, payment, Money::from_nanos(9 * kUnit))),
            ErrorKind::Invalid);
  EXPECT_EQ(failure(invoices.apply(op, invoice.id, payment + 1'000'000, Money::from_nanos(1))),
            ErrorKind::Invalid);
  EXPECT_EQ(need(invoices.apply(op, invoice.id, payment, Money::from_nanos(5 * kUnit))).due().nanos(),
            5 * kUnit);
  EXPECT_EQ(need(invoices.apply(op, invoice.id, payment, Money::from_nanos(3 * kUnit))).due().nanos(),
            2 * kUnit);
  EXPECT_EQ(failure(invoices.apply(op, invoice.id, payment, Money::from_nanos(1))), ErrorKind::Invalid);
  EXPECT_EQ(need(invoices.free_payment(op, invoice.id, payment)).applied, Money());
  EXPECT_EQ(failure(invoices.free_payment(op, invoice.id, payment)), ErrorKind::NotFound);
  EXPECT_EQ(wrong(ban), "");
}

TEST_F(Invoices, ANumberThatChangesHandsIsBilledToBoth) {
  const auto one = account(), other = account();
  const auto number = "1999555" + std::to_string(std::random_device()() % 9'000 + 1'000);
  ask("INSERT INTO numbers.inventory (e164, customer_id, status, monthly_nanos) VALUES (" + quoted(number) +
      ", " + quoted(one.customer.to_string()) + ", 'active', 31000000000)");
  ask("UPDATE billing.recurring SET starts_at = '2025-01-01Z' WHERE object = " + quoted(number));
  ask("UPDATE numbers.inventory SET customer_id = " + quoted(other.customer.to_string()) +
      " WHERE e164 = " + quoted(number));
  ask("UPDATE billing.recurring SET ends_at = '2025-01-11Z' WHERE ends_at IS NOT NULL AND object = " +
      quoted(number));
  ask("UPDATE billing.recurring SET starts_at = '2025-01-11Z' WHERE ends_at IS NULL AND object = " +
      quoted(number));
  EXPECT_EQ(close(one)->total.nanos(), 10 * kUnit);
  EXPECT_EQ(close(other)->total.nanos(), 21 * kUnit);
}

TEST_F(Invoices, TaxesMinimumAndBundlesOfTheContract) {
  auto ban = account();
  ban.tax_region = fresh("region");
  need(bans.update(op, ban));
  need(taxes.put(op, {ban.tax_region, {"TELECOM", "Old", 500'000'000, false}, "2024-01-01"}));
  need(taxes.put(op, {ban.tax_region, {"TELECOM", "Old", 100'000'000, false}, "2025-01-31"}));
  need(taxes.put(op, {ban.tax_region, {"TELECOM", "New", 900'000'000, false}, "2025-02-01"}));
  ContractRepository contracts(t.pool);
  need(contracts.assign(op, ban.customer, plan().id, day(1, 1)));
  ContractTerms terms;
  terms.minimum = Money::from_nanos(50 * kUnit);
  terms.terms =
      R"({"tiers": [{"sku": "VOICE-OUT", "mode": "GRADUATED", "per": 60, "steps": [{"from": 0, "price_nanos":
      1000000000}]}], "bundles": [{"sku": "VOICE-OUT", "units": 100, "price_nanos": 5000000000, "rollover": true}]})";
  need(bans.set_terms(op, ban.customer, terms));
  call(ban, "2025-01-10T00:00:00Z", 7 * kUnit);
  const auto invoice = detail(*close(ban));
  // 60 units, all covered: 7 back, the tiers of nothing, 45 to the minimum, a tenth for the state.
  EXPECT_EQ(invoice.invoice.total.nanos(), 55 * kUnit);
  EXPECT_EQ(kinds(invoice), (std::vector{LineKind::Usage, LineKind::Bundle, LineKind::Bundle,
                                         LineKind::Commit, LineKind::Tax}));
  EXPECT_EQ(ledger(ban), 55 * kUnit);
  call(ban, "2025-02-10T00:00:00Z", 7 * kUnit);
  call(ban, "2025-02-11T00:00:00Z", 7 * kUnit);
  EXPECT_EQ(ask("SELECT rollover FROM billing.invoices WHERE ban = " + quoted(ban.ban)),
            R"({"VOICE-OUT": 40})");
  close(ban);
  EXPECT_EQ(ask("SELECT rollover FROM billing.invoices WHERE period_start = '2025-02-01Z' AND ban = " +
                quoted(ban.ban)),
            R"({"VOICE-OUT": 20})");
  EXPECT_EQ(wrong(ban), "");
}

// Random months of two accounts of each customer: invoices are the ledger, and all of them the records.
TEST_F(Invoices, InvoicesAreTheLedgerAndTheRecords) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 3; ++round) {
    const auto ban = account();
    Ban wanted;
    wanted.customer = ban.customer;
    wanted.period = {day(1, 1), day(2, 1)};
    const auto branch = need(bans.create(op, wanted));
    begin_in_january(branch.ban);
    std::int64_t recorded = 0;
    for (int i = 0; i < 25; ++i) {
      const std::int64_t nanos = random() % 3'000'000'000;
      const auto at = "2025-0" + std::to_string(1 + random() % 2) + "-" + std::to_string(10 + random() % 18) +
                      "T12:00:00Z";
      call(ban, at, nanos, random() % 5 == 0 ? "2025-03-09T00:00:00Z" : "",
           random() % 3 == 0 ? branch.ban : "");
      recorded += nanos;
    }
    std::int64_t usage = 0, cost = 0;
    for (const auto& of : {ban, branch})
      for (int month = 2; month <= 3; ++month) {
        const auto invoice = need(invoices.close(of.ban, day(static_cast<unsigned>(month), 1),
                                                 day(static_cast<unsigned>(month), 2)));
        ASSERT_TRUE(invoice);
        cost += invoice->charges.nanos() + invoice->taxes.nanos() + invoice->rounding.nanos();
        for (const auto& line : detail(*invoice).lines)
          if (line.kind == LineKind::Usage) usage += line.amount.nanos();
      }
    // What was stored in March is on the invoices of March.
    for (const auto& of : {ban, branch}) {
      const auto invoice = need(invoices.close(of.ban, clock.wall(), clock.wall()));
      cost += invoice->charges.nanos() + invoice->taxes.nanos() + invoice->rounding.nanos();
      for (const auto& line : detail(*invoice).lines)
        if (line.kind == LineKind::Usage) usage += line.amount.nanos();
    }
    EXPECT_EQ(usage, recorded);
    EXPECT_EQ(cost, ledger(ban));
    EXPECT_EQ(wrong(ban), "");
  }
}

TEST_F(Invoices, TheStatementSums) {
  const auto ban = account();
  for (int i = 0; i < 5; ++i)
    pay(ban, (i + 1) * kUnit);
  const auto between = need(billing.ledger(op, ban.customer, 10)).at(2).created_at;
  const auto all = need(billing.statement(as(ban.customer), ban.customer, {}, clock.wall(), 100));
  EXPECT_EQ(all.opening, Money());
  EXPECT_EQ(all.closing.nanos(), 15 * kUnit);
  EXPECT_EQ(all.entries.size(), 5u);
  const auto late = need(billing.statement(op, ban.customer, between, clock.wall(), 100));
  EXPECT_EQ(late.opening.nanos(), 3 * kUnit);
  EXPECT_EQ(late.closing.nanos(), 15 * kUnit);
  EXPECT_EQ(late.entries.size(), 3u);
  EXPECT_FALSE(need(billing.statement(op, ban.customer, {}, clock.wall(), 4)).complete);
  EXPECT_EQ(failure(billing.statement(as(customer().id), ban.customer, {}, clock.wall(), 4)),
            ErrorKind::NotFound);
}

TEST_F(Invoices, CostsOfVendorsAreBookedOnceADay) {
  const auto provider =
      ask("INSERT INTO routing.providers (name) VALUES ('" + fresh("vendor") + "') RETURNING id");
  const auto cost = [&](const std::string& nanos) {
    ask("INSERT INTO records.daily_usage_summary AS d (day, provider_id, kind, direction, prefix, "
        "jurisdiction, cost_nanos) "
        "VALUES ('2025-01-05', " +
        quoted(provider) + ", 'call', 'outbound', '1', 'LOCAL', " + nanos +
        ") ON CONFLICT (day, customer_id, trunk_id, provider_id, kind, direction, prefix, jurisdiction, "
        "currency) DO "
        "UPDATE SET cost_nanos = excluded.cost_nanos");
  };
  const auto owed = [&] {
    return ask(
        "SELECT coalesce(sum(p.amount_nanos), 0) || ' in ' || count(*) FROM billing.postings p JOIN "
        "billing.gl_accounts g ON g.id = p.account_id WHERE g.owner = " +
        quoted(provider));
  };
  cost("700");
  need(billing.accrue_vendors(day(1, 5), {}));
  EXPECT_EQ(owed(), "0 in 0") << "the day is not over";
  need(billing.accrue_vendors(day(1, 6), {}));
  EXPECT_EQ(need(billing.accrue_vendors(day(1, 6), {})), 0u);
  EXPECT_EQ(owed(), "700 in 1");
  cost("1000");
  need(billing.accrue_vendors(day(1, 7), {}));
  EXPECT_EQ(owed(), "1000 in 2");
  EXPECT_EQ(ask("SELECT count(*) FROM billing.check_invoices() WHERE rule = 'accrual'"), "0");
}

TEST_F(Invoices, TheAuditFindsWhatIsPlanted) {
  const auto ban = account();
  call(ban, "2025-01-10T00:00:00Z", 10 * kUnit);
  charge(ban, "DID", 31, day(1, 1));
  ASSERT_TRUE(close(ban));
  pay(ban, 41 * kUnit);
  call(ban, "2025-02-10T00:00:00Z", 3 * kUnit);
  ASSERT_TRUE(close(ban));
  ASSERT_EQ(wrong(ban), "");
  const auto mine = " WHERE customer_id = " + quoted(ban.customer.to_string());
  const auto lines = " WHERE invoice_id IN (SELECT id FROM billing.invoices" + mine + ")";
  const auto entry = "(SELECT id FROM billing.ledger" + mine + " AND kind = 'payment')";
  const std::vector<std::pair<std::string, std::string>> planted{
      {"balance", "UPDATE billing.balances SET balance_nanos = balance_nanos + 1" + mine},
      {"chain",
       "UPDATE billing.ledger SET balance_after_nanos = balance_after_nanos + 1" + mine + " AND number = 1"},
      {"held", "UPDATE billing.balances SET held_nanos = held_nanos + 1" + mine},
      {"call_charges", "UPDATE records.cdrs SET charge_nanos = charge_nanos + 1" + mine},
      {"summary", "UPDATE records.daily_usage_summary SET charge_nanos = charge_nanos - 1" + mine},
      {"double_entry",
       "UPDATE billing.postings SET amount_nanos = amount_nanos + 1 WHERE amount_nanos > 0 AND ledger_entry "
       "= " +
           entry},
      {"customer_account",
       "UPDATE billing.postings SET amount_nanos = amount_nanos + sign(amount_nanos)::bigint WHERE "
       "ledger_entry = " +
           entry},
      {"invoice_total",
       "UPDATE billing.invoice_lines SET amount_nanos = amount_nanos + 1" + lines + " AND kind = 'usage'"},
      {"invoice_taxes",
       "UPDATE billing.invoices SET taxes_nanos = 5, charges_nanos = charges_nanos - 5" + mine},
      {"invoice_entry",
       "UPDATE billing.invoice_lines SET ledger_entry = NULL" + lines + " AND kind = 'recurring'"},
      {"invoice_void", "UPDATE billing.invoices SET status = 'VOID', applied_nanos = 0" + mine},
      {"invoice_applied", "UPDATE billing.payment_applications SET amount_nanos = amount_nanos - 1" + lines},
      {"invoice_status", "UPDATE billing.invoices SET status = 'ISSUED'" + mine + " AND status = 'PAID'"},
      {"payment_spent", "UPDATE billing.ledger SET amount_nanos = 5" + mine + " AND kind = 'payment'"},
      {"payment_mark",
       "UPDATE billing.ledger SET amount_nanos = amount_nanos + 1" + mine + " AND kind = 'payment'"},
      {"invoice_gap", "UPDATE billing.invoices SET period_start = period_start + interval '1 s'" + mine +
                          " AND period_start > '2025-01-15Z'"},
      {"invoice_number", "DELETE FROM billing.invoices" + mine},
  };
  for (const auto& [rule, change] : planted)
    EXPECT_NE((" " + wrong(ban, change) + " ").find(" " + rule + " "), std::string::npos)
        << rule << ": " << wrong(ban, change);
  EXPECT_EQ(wrong(ban), "") << "nothing stayed";
}

}  // namespace
}  // namespace warp::store
