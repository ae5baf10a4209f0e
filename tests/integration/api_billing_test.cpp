// Balances, ledger, payments and message records over the API.
#include "integration/api_fixture.h"

namespace warp::test {
namespace {

using api::Json;
using domain::MessageState;

class ApiBilling : public ApiFixture {
 protected:
  std::string account(const Json& more) {
    Json body{{"name", unique("payer")}};
    if (more.is_object()) body.update(more);
    const auto id = create("/v1/customers", body);
    mine = key_of(id, {"billing:read", "cdr:read", "messaging:read"});
    return id;
  }
  ApiReply post(const std::string& to, const char* what, const Json& body) {
    return ask("POST", "/v1/customers/" + to + "/" + what, boss, body);
  }
  // A message with a price, in this state, of which this much was charged.
  domain::Message priced(const std::string& whose, const char* price, MessageState state,
                         const char* charged = "0") {
    auto out = server_.message(*CustomerId::parse(whose));
    const auto amount = *Money::parse(price);
    out.price = {{RatePlanId{Uuid{{9}}}, 4, "44", amount, amount, Currency{}}};
    out.state = state;
    if (domain::is_final(state)) {
      out.final_at = out.accepted_at;
      out.charged = Money::parse(charged);
    }
    server_.store(out);
    return out;
  }
  std::string mine;  // the last account's key
};

TEST_F(ApiBilling, PrepaidBalanceFollowsPaymentsHoldsAndCharges) {
  const auto id = account({{"billing_mode", "PREPAID"}, {"credit_limit", "5"}});
  auto balance = get("/v1/billing/balance", mine);
  ASSERT_EQ(balance.status, 200u) << balance.text;
  EXPECT_EQ(balance.data()["balance"], 0);
  EXPECT_EQ(balance.data()["available"], 5);
  EXPECT_EQ(post(id, "payments", {{"amount", "12.50"}, {"reference", "bank 1"}}).status, 201u);
  priced(id, "0.25", MessageState::Queued);
  priced(id, "0.75", MessageState::Delivered, "0.75");
  balance = get("/v1/billing/balance", mine);
  EXPECT_NE(balance.text.find("\"balance\":11.75"), std::string::npos) << balance.text;
  EXPECT_NE(balance.text.find("\"held\":0.25"), std::string::npos);
  EXPECT_NE(balance.text.find("\"available\":16.50"), std::string::npos);
  EXPECT_EQ(balance.data()["billing_mode"], "PREPAID");
  EXPECT_EQ(balance.data()["suspended"], false);
  EXPECT_EQ(balance.data()["currency"], "USD");
  const auto brief = get("/v1/customers/me/balance", mine);
  EXPECT_NE(brief.text.find("\"prepaid_balance\":11.75"), std::string::npos) << brief.text;
  EXPECT_EQ(brief.data().size(), 2u);
  ask("PATCH", "/v1/customers/" + id, boss, {{"status", "SUSPENDED"}});
  EXPECT_EQ(get("/v1/billing/balance?customer_id=" + id, boss).data()["suspended"], true);
}

TEST_F(ApiBilling, APostpaidAccountShowsNothingPrepaidAndNoLimit) {
  const auto id = account({});
  priced(id, "3", MessageState::Delivered, "3");
  EXPECT_EQ(get("/v1/customers/me/balance", mine).data()["prepaid_balance"], 0);
  const auto balance = get("/v1/billing/balance", mine);
  EXPECT_EQ(balance.data()["balance"], -3) << balance.text;
  EXPECT_EQ(balance.data()["available"], Json());
}

TEST_F(ApiBilling, TheLedgerIsNewestFirstAndIgnoresWrongLimits) {
  const auto id = account({{"billing_mode", "PREPAID"}});
  for (int i = 1; i <= 3; ++i)
    post(id, "payments", {{"amount", i}, {"reference", "p" + std::to_string(i)}, {"description", "paid"}});
  post(id, "adjustments", {{"amount", "-0.5"}, {"reference", "a1"}});
  priced(id, "0.01", MessageState::Delivered, "0.01");
  const auto all = get("/v1/billing/ledger", mine);
  ASSERT_EQ(all.data().size(), 5u) << all.text;
  EXPECT_EQ(all.data()[0]["type"], "charge");
  EXPECT_EQ(all.data()[0]["amount"], -0.01);
  EXPECT_EQ(all.data()[0]["balance_after"], 5.49);
  EXPECT_EQ(all.data()[0]["reference"], Json());
  EXPECT_EQ(all.data()[1]["type"], "adjustment");
  EXPECT_EQ(all.data()[1]["amount"], -0.5);
  EXPECT_EQ(all.data()[2]["reference"], "p3");
  EXPECT_EQ(all.data()[2]["description"], "paid");
  EXPECT_EQ(get("/v1/billing/ledger?limit=2", mine).data().size(), 2u);
  for (const auto* wrong : {"0", "-3", "501", "999999999999"})
    EXPECT_EQ(get(std::string("/v1/billing/ledger?limit=") + wrong, mine).data().size(), 5u) << wrong;
  EXPECT_EQ(get("/v1/billing/ledger?limit=500", mine).data().size(), 5u);
  EXPECT_EQ(get("/v1/billing/ledger", key).data().size(), 0u) << "another customer's";
  EXPECT_EQ(get("/v1/billing/ledger", key_of(id, {"cdr:read"})).code(), "FORBIDDEN");
}

TEST_F(ApiBilling, AReferenceIsPostedOnce) {
  const auto id = account({{"billing_mode", "PREPAID"}});
  const Json payment{{"amount", "10"}, {"reference", "bank 7"}};
  const auto first = post(id, "payments", payment);
  ASSERT_EQ(first.status, 201u) << first.text;
  const auto again = post(id, "payments", payment);
  EXPECT_EQ(again.status, 200u);
  EXPECT_EQ(again.id(), first.id());
  const auto other_amount = post(id, "payments", {{"amount", "11"}, {"reference", "bank 7"}});
  EXPECT_EQ(other_amount.status, 409u);
  EXPECT_EQ(other_amount.body["error"]["details"]["entry"]["id"], first.id());
  EXPECT_EQ(post(id, "adjustments", payment).status, 201u) << "another kind's references are its own";
  EXPECT_EQ(get("/v1/billing/balance", mine).data()["balance"], 20);
}

TEST_F(ApiBilling, WhatCannotBePosted) {
  const auto id = account({});
  EXPECT_EQ(post(id, "payments", {{"amount", "-1"}, {"reference", "x"}}).code(), "VALIDATION_ERROR");
  EXPECT_EQ(post(id, "payments", {{"amount", "0"}, {"reference", "x"}}).code(), "VALIDATION_ERROR");
  EXPECT_EQ(post(id, "adjustments", {{"amount", "0"}, {"reference", "x"}}).code(), "VALIDATION_ERROR");
  EXPECT_EQ(post(id, "payments", {{"amount", "1"}}).code(), "INVALID_PAYLOAD");
  EXPECT_EQ(post(id, "payments", {{"amount", "1"}, {"reference", ""}}).code(), "INVALID_PAYLOAD");
  EXPECT_EQ(post(id, "payments", {{"amount", "0.0000000001"}, {"reference", "x"}}).code(), "INVALID_PAYLOAD");
  EXPECT_EQ(
      post("0190c7a0-0000-7000-8000-00000000dead", "payments", {{"amount", "1"}, {"reference", "x"}}).code(),
      "NOT_FOUND");
  const auto path = "/v1/customers/" + customer + "/payments";
  EXPECT_EQ(ask("POST", path, key, {{"amount", "1"}, {"reference", "x"}}).code(), "FORBIDDEN");
  EXPECT_TRUE(get("/v1/billing/ledger", mine).data().empty());
}

TEST_F(ApiBilling, MessagesAndTheirRecordsShowWhatWasCharged) {
  const auto id = account({});
  const auto charged = priced(id, "0.02", MessageState::Delivered, "0.02");
  const auto given_back = priced(id, "0.02", MessageState::Failed);
  const auto alive = priced(id, "0.02", MessageState::Queued);
  const auto message = [&](const domain::Message& m) {
    return get("/v1/messaging/messages/" + m.id.to_string(), mine).data();
  };
  EXPECT_EQ(message(charged)["charged"], 0.02);
  EXPECT_EQ(message(given_back)["charged"], 0);
  EXPECT_EQ(message(alive)["charged"], Json());
  const auto all = get("/v1/mdr/details", mine);
  ASSERT_EQ(all.data().size(), 2u) << all.text;
  EXPECT_EQ(all.body["meta"]["per_page"], 50);
  EXPECT_EQ(all.data()[0]["id"], given_back.id.to_string());
  EXPECT_EQ(all.data()[0]["ledger_entry_id"], Json());
  EXPECT_EQ(all.data()[1]["charged"], 0.02);
  EXPECT_EQ(all.data()[1]["ledger_entry_id"], get("/v1/billing/ledger", mine).data()[0]["id"]);
  EXPECT_FALSE(all.data()[0].contains("attempts"));
  EXPECT_EQ(get("/v1/mdr/details?status=failed", mine).data().size(), 1u);
  EXPECT_EQ(get("/v1/mdr/details?to=44*", mine).data().size(), 2u);
  EXPECT_EQ(get("/v1/mdr/details?to=%2B442079460000", mine).data().size(), 2u);
  EXPECT_EQ(get("/v1/mdr/details?to=45*", mine).data().size(), 0u);
  EXPECT_EQ(get("/v1/mdr/details?from=ACME", mine).data().size(), 0u);
  EXPECT_EQ(get("/v1/mdr/details?direction=inbound", mine).data().size(), 0u);
  EXPECT_EQ(get("/v1/mdr/details?per_page=1&page=2", mine).data()[0]["id"], charged.id.to_string());
  EXPECT_EQ(get("/v1/mdr/details?start_date=2020-01-02&end_date=2020-01-01", mine).code(), "INVALID_DATE");
  EXPECT_EQ(get("/v1/mdr/details", key).data().size(), 0u);
  const auto one = "/v1/mdr/" + charged.id.to_string();
  EXPECT_EQ(get(one, other_key).code(), "NOT_FOUND");
  EXPECT_EQ(get(one, boss).data()["customer_id"], id);
  EXPECT_TRUE(get(one, boss).data().contains("attempts"));
  EXPECT_EQ(get("/v1/mdr/details?customer_id=" + id, boss).data().size(), 2u);
}

TEST_F(ApiBilling, TheAuditIsTheOperators) {
  const auto id = account({{"billing_mode", "PREPAID"}});
  post(id, "payments", {{"amount", "1"}, {"reference", "x"}});
  priced(id, "0.5", MessageState::Delivered, "0.5");
  const auto agreed = get("/v1/billing/audit", boss);
  ASSERT_EQ(agreed.status, 200u) << agreed.text;
  EXPECT_EQ(agreed.data()["agrees"], true) << agreed.text;
  Postgres::instance().run(
      Postgres::instance().migrated_database(),
      "UPDATE billing.balances SET held_nanos = 250000000 WHERE customer_id = '" + id + "'");
  const auto broken = get("/v1/billing/audit?since=2020-01-01T00:00:00Z", boss).data();
  Postgres::instance().run(Postgres::instance().migrated_database(),
                           "UPDATE billing.balances SET held_nanos = 0 WHERE customer_id = '" + id + "'");
  EXPECT_EQ(broken["agrees"], false);
  ASSERT_EQ(broken["disagreements"].size(), 1u);
  EXPECT_EQ(broken["disagreements"][0]["rule"], "held");
  EXPECT_EQ(broken["disagreements"][0]["customer_id"], id);
  EXPECT_EQ(broken["disagreements"][0]["found"], 0.25);
  EXPECT_EQ(get("/v1/billing/audit", mine).code(), "FORBIDDEN");
}

TEST_F(ApiBilling, TheChargePolicyIsASettingOfTheCustomer) {
  const auto path = "/v1/customers/" + customer + "/messaging";
  EXPECT_EQ(get(path, boss).data()["charge"], "sent");
  EXPECT_EQ(ask("PATCH", path, boss, {{"charge", "delivered"}}).data()["charge"], "delivered");
  EXPECT_EQ(get(path, key).data()["charge"], "delivered");
  EXPECT_EQ(ask("PATCH", path, boss, {{"mps", 5}}).data()["charge"], "delivered");
  EXPECT_EQ(ask("PATCH", path, boss, {{"charge", "never"}}).code(), "INVALID_PAYLOAD");
}

}  // namespace
}  // namespace warp::test
