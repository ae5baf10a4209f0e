// Invoices, billed accounts and vendors' invoices over the API.
#include "warp/store/invoices.h"

#include "integration/api_fixture.h"

namespace warp::test {
namespace {

using api::Json;

class ApiInvoices : public ApiFixture {
 protected:
  static std::string sql(const std::string& text) {
    return Postgres::instance().run(Postgres::instance().migrated_database(), text);
  }
  // A customer with a number for 31 in January 2025; its key is `mine`, its account `ban`.
  std::string account(const std::string& name = unique("billed")) {
    const auto id = create("/v1/customers", {{"name", name}});
    mine = key_of(id, {"billing:read"});
    ban = get("/v1/billing/accounts", mine).data()[0]["ban"];
    sql("UPDATE billing.bans SET period_start = '2025-01-01Z', next_close = '2025-02-01Z' WHERE ban = '" +
        ban + "'");
    const auto charged = ask("POST", "/v1/bans/" + ban + "/charges", boss,
                             {{"sku", "DID"}, {"amount", "31"}, {"starts_at", "2025-01-01T00:00:00Z"}});
    EXPECT_EQ(charged.status, 201u) << charged.text;
    return id;
  }
  store::Invoice close() {
    TestPool t{Postgres::instance().conninfo(Postgres::instance().migrated_database())};
    store::InvoiceRepository invoices(t.pool);
    const auto now = SystemClock().wall();
    const auto closed = t.run(invoices.close(ban, now, now));
    if (closed && *closed) return **closed;
    ADD_FAILURE() << "the period was not closed";
    return {};
  }
  std::string mine, ban;
};

TEST_F(ApiInvoices, ACustomerReadsItsOwn) {
  const auto id = account();
  const auto invoice = close().id.to_string();
  const auto list = get("/v1/invoices", mine);
  ASSERT_EQ(list.data().size(), 1u) << list.text;
  const auto& head = list.data()[0];
  EXPECT_EQ(head["id"], invoice);
  EXPECT_EQ(head["status"], "ISSUED");
  EXPECT_EQ(head["total"], 31);
  EXPECT_EQ(head["balance_due"], 31);
  EXPECT_EQ(head["currency"], "USD");
  EXPECT_EQ(head["period_start"], "2025-01-01T00:00:00.000000Z");
  const auto detail = get("/v1/invoices/" + invoice, mine).data();
  EXPECT_EQ(detail["invoice"]["number"], head["number"]);
  ASSERT_EQ(detail["lines"].size(), 1u);
  EXPECT_EQ(detail["lines"][0]["kind"], "recurring");
  EXPECT_EQ(detail["tax_lines"], Json::array());
  EXPECT_EQ(detail["payment_applications"], Json::array());
  EXPECT_EQ(get("/v1/invoices?customer_id=" + id, boss).data().size(), 1u);
}

TEST_F(ApiInvoices, OfOthersNothingIsKnown) {
  account();
  const auto path = "/v1/invoices/" + close().id.to_string();
  EXPECT_EQ(get("/v1/invoices", other_key).data().size(), 0u);
  for (const char* what : {"", "/html", "/pdf"})
    EXPECT_EQ(get(path + what, other_key).code(), "NOT_FOUND") << what;
  EXPECT_EQ(get("/v1/invoices/no-such-id", mine).code(), "NOT_FOUND");
  EXPECT_EQ(ask("POST", path + "/void", mine).code(), "FORBIDDEN");
}

TEST_F(ApiInvoices, APageThatRunsNothing) {
  account(unique("<script>alert(1)</script>"));
  const auto path = "/v1/invoices/" + close().id.to_string();
  const auto page = get(path + "/html", mine);
  ASSERT_EQ(page.status, 200u);
  EXPECT_EQ(page.headers.get_or("Content-Type", ""), "text/html; charset=utf-8");
  EXPECT_NE(page.headers.get_or("Content-Security-Policy", "").find("default-src 'none'"), std::string::npos);
  EXPECT_EQ(page.text.find("<script"), std::string::npos);
  EXPECT_NE(page.text.find("&lt;script&gt;"), std::string::npos);
  EXPECT_NE(page.text.find("31.00"), std::string::npos);
  EXPECT_EQ(get(path + "/pdf", mine).status, 503u);
}

TEST_F(ApiInvoices, PaidToTheLastCent) {
  const auto id = account();
  const auto path = "/v1/invoices/" + close().id.to_string();
  const auto pay = [&](const char* amount, const char* reference) {
    return ask("POST", "/v1/customers/" + id + "/payments", boss,
               {{"amount", amount}, {"reference", reference}});
  };
  pay("30.99", "1");
  EXPECT_EQ(get(path, mine).data()["invoice"]["balance_due"], 0.01);
  EXPECT_EQ(get(path, mine).data()["invoice"]["status"], "ISSUED");
  const auto last = pay("1", "2");
  EXPECT_EQ(get(path, mine).data()["invoice"]["status"], "PAID");
  const auto freed = ask("DELETE", path + "/payments/" + last.id(), boss);
  EXPECT_EQ(freed.data()["balance_due"], 0.01) << freed.text;
  const Json body{{"entry_id", last.id()}, {"amount", "0.02"}};
  EXPECT_EQ(ask("POST", path + "/payments", boss, body).code(), "CONFLICT");
  EXPECT_EQ(
      ask("POST", path + "/payments", boss, {{"entry_id", last.id()}, {"amount", "0.01"}}).data()["status"],
      "PAID");
}

TEST_F(ApiInvoices, VoidIsMadeAnew) {
  account();
  const auto path = "/v1/invoices/" + close().id.to_string();
  const auto again = ask("POST", path + "/void", boss);
  ASSERT_EQ(again.status, 201u) << again.text;
  EXPECT_EQ(again.data()["total"], 31);
  EXPECT_EQ(get(path, mine).data()["invoice"]["status"], "VOID");
  EXPECT_EQ(get(path, mine).data()["invoice"]["balance_due"], 0);
  EXPECT_EQ(ask("POST", path + "/void", boss).code(), "CONFLICT");
}

TEST_F(ApiInvoices, TheStatementIsWhatHappened) {
  const auto id = account();
  close();
  ask("POST", "/v1/customers/" + id + "/payments", boss, {{"amount", "5"}, {"reference", "1"}});
  const auto all = get("/v1/billing/statement?from=2025-01-01T00:00:00Z", mine).data();
  EXPECT_EQ(all["opening_balance"], 0);
  EXPECT_EQ(all["closing_balance"], -26);
  EXPECT_EQ(all["entries"].size(), 2u);
  EXPECT_EQ(get("/v1/billing/statement?from=2025-01-01T00:00:00Z&to=2024-01-01T00:00:00Z", mine).code(),
            "INVALID_PARAM");
  EXPECT_EQ(get("/v1/billing/statement", mine).code(), "MISSING_PARAM");
}

TEST_F(ApiInvoices, AccountsChange) {
  const auto id = account();
  const auto path = "/v1/bans/" + ban;
  const auto changed =
      ask("PATCH", path, boss, {{"cycle", "WEEKLY"}, {"anchor", 1}, {"zone", "Europe/Berlin"}});
  ASSERT_EQ(changed.status, 200u) << changed.text;
  EXPECT_EQ(changed.data()["period_start"], "2025-01-01T00:00:00.000000Z") << "the period that runs goes on";
  EXPECT_EQ(ask("PATCH", path, boss, {{"anchor", 8}}).code(), "VALIDATION_ERROR");
  EXPECT_EQ(ask("PATCH", path, boss, {{"zone", "Mars/Olympus"}}).code(), "INVALID_PAYLOAD");
  const auto more = ask("POST", "/v1/customers/" + id + "/bans", boss, {{"name", "branch"}});
  ASSERT_EQ(more.status, 201u) << more.text;
  EXPECT_EQ(more.data()["is_default"], false);
  EXPECT_EQ(get("/v1/billing/accounts", mine).data().size(), 2u);
  EXPECT_EQ(ask("POST", path + "/charges", boss, {{"sku", "NONE"}, {"amount", "1"}}).code(), "CONFLICT");
}

TEST_F(ApiInvoices, TermsOfTheContract) {
  const auto id = account();
  const auto path = "/v1/customers/" + id + "/contracts/current/terms";
  EXPECT_EQ(get(path, boss).code(), "NOT_FOUND");
  const auto plan =
      create("/v1/rate-plans", {{"name", unique("plan")}, {"kind", "CUSTOMER"}, {"currency", "USD"}});
  create("/v1/customers/" + id + "/contracts", {{"rate_plan_id", plan}});
  const Json step{{"from", 0}, {"price", "0.01"}};
  const Json tier{{"sku", "VOICE-OUT"}, {"steps", Json::array({step})}};
  const auto put = ask("PUT", path, boss, {{"minimum", "100"}, {"tiers", Json::array({tier})}});
  ASSERT_EQ(put.status, 200u) << put.text;
  EXPECT_EQ(put.data()["minimum"], 100);
  EXPECT_EQ(put.data()["tiers"][0]["steps"][0]["price"], 0.01);
  EXPECT_EQ(put.data()["tiers"][0]["mode"], "GRADUATED");
  EXPECT_EQ(ask("PUT", path, boss, {{"tiers", Json::array({tier, tier})}}).code(), "VALIDATION_ERROR");
}

TEST_F(ApiInvoices, AVendorsRecordsAreJudged) {
  const auto plan =
      create("/v1/rate-plans", {{"name", unique("vendor")}, {"kind", "VENDOR"}, {"currency", "USD"}});
  const auto provider = create("/v1/providers", {{"name", unique("vendor")}, {"rate_plan_id", plan}});
  const auto invoice = create("/v1/vendor-invoices", {{"provider_id", provider},
                                                      {"number", "V-1"},
                                                      {"period_start", "2025-01-01T00:00:00Z"},
                                                      {"period_end", "2025-02-01T00:00:00Z"},
                                                      {"currency", "USD"},
                                                      {"claimed", "1.50"}});
  const auto path = "/v1/vendor-invoices/" + invoice;
  const auto judged = send("POST", path + "/records?dni=to", boss,
                           "started_at,to,seconds,amount\n2025-01-02T00:00:00Z,442,60,1.50\n", "text/csv");
  ASSERT_EQ(judged.status, 200u) << judged.text;
  EXPECT_EQ(judged.data()["reconciliation"]["not_ours"], 1);
  EXPECT_EQ(judged.data()["reconciliation"]["disputed"], 1.5);
  EXPECT_EQ(judged.data()["status"], "OPEN");
  EXPECT_EQ(get(path + "/records?verdict=NOT_OURS", boss).data().size(), 1u);
  const auto broken =
      send("POST", path + "/records", boss, "started_at,dni,seconds,amount\nnever,1,1,1\n", "text/csv");
  EXPECT_EQ(broken.code(), "INVALID_IMPORT");
  EXPECT_EQ(broken.body["error"]["details"]["errors"][0]["line"], 2);
  const auto dispute = create(path + "/disputes", {{"claimed", "1.50"}, {"note", "not our call"}});
  EXPECT_EQ(get(path, boss).data()["status"], "DISPUTED");
  const auto ended =
      ask("POST", path + "/disputes/" + dispute + "/end", boss, {{"state", "ACCEPTED"}, {"granted", "1"}});
  EXPECT_EQ(ended.data()["state"], "ACCEPTED") << ended.text;
  EXPECT_EQ(get(path, boss).data()["status"], "SETTLED");
  EXPECT_EQ(get("/v1/vendor-invoices", mine.empty() ? key : mine).code(), "FORBIDDEN");
}

}  // namespace
}  // namespace warp::test
