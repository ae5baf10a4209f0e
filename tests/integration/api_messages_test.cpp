#include "integration/api_fixture.h"

namespace warp::test {
namespace {

using api::Json;
using domain::MessageState;
class ApiMessages : public ApiFixture {
 protected:
  domain::Message message(const std::string& whose) { return server_.message(*CustomerId::parse(whose)); }
  // Stored in this state; its id.
  std::string stored(const std::string& whose, MessageState state = MessageState::Queued) {
    auto wanted = message(whose);
    wanted.state = state;
    if (domain::is_final(state)) wanted.final_at = wanted.accepted_at;
    server_.store(wanted);
    return wanted.id.to_string();
  }
  ApiReply submit(const Json& body, const std::string& idempotency_key) {
    return send("POST", "/v1/messages", key, body.dump(), "application/json",
                "Idempotency-Key: " + idempotency_key + "\r\n");
  }
  static Json hello() { return {{"from", "12025550001"}, {"to", "+442079460000"}, {"body", "hello"}}; }
};

TEST_F(ApiMessages, AreListedNewestFirstByDirectionAndStatus) {
  const auto first = stored(customer);
  const auto second = stored(customer, MessageState::Delivered);
  stored(other);
  const auto all = get("/v1/messages", key);
  ASSERT_EQ(all.data().size(), 2u) << all.text;
  EXPECT_EQ(all.data()[0]["id"], second);
  EXPECT_EQ(all.data()[1]["id"], first);
  EXPECT_EQ(all.body["meta"]["per_page"], 20);
  EXPECT_EQ(all.body["meta"]["total"], 2);
  EXPECT_EQ(get("/v1/messages?per_page=1&page=2", key).data()[0]["id"], first);
  EXPECT_EQ(get("/v1/messages?per_page=1000", key).body["meta"]["per_page"], 100);
  const auto delivered = get("/v1/messages?status=delivered", key);
  ASSERT_EQ(delivered.data().size(), 1u);
  EXPECT_NE(delivered.data()[0]["delivered_at"], Json());
  EXPECT_EQ(get("/v1/messages?direction=INBOUND", key).data().size(), 0u);
  EXPECT_EQ(get("/v1/messages?direction=OUTBOUND", key).data().size(), 2u);
  EXPECT_EQ(get("/v1/messages?status=lost", key).code(), "INVALID_PARAM");
}

TEST_F(ApiMessages, AreReadByTheirCustomerAlone) {
  const auto id = stored(customer);
  for (const auto* path : {"/v1/messages/", "/v1/messaging/messages/"}) {
    const auto mine = get(path + id, key);
    ASSERT_EQ(mine.status, 200u) << mine.text;
    EXPECT_EQ(mine.data()["body"], "hello");
    EXPECT_EQ(mine.data()["status"], "queued");
    EXPECT_FALSE(mine.data().contains("attempts"));
    EXPECT_EQ(get(path + id, other_key).code(), "NOT_FOUND");
    EXPECT_EQ(get(path + id, boss).data()["customer_id"], customer);
  }
  EXPECT_EQ(get("/v1/messages/7", key).code(), "INVALID_ID");
}

TEST_F(ApiMessages, AreCounted) {
  stored(customer);
  stored(customer, MessageState::Delivered);
  stored(customer, MessageState::Failed);
  stored(other);
  const auto stats = get("/v1/messages/stats", key).data();
  EXPECT_EQ(stats["total"], 3);
  EXPECT_EQ(stats["outbound"], 3);
  EXPECT_EQ(stats["inbound"], 0);
  EXPECT_EQ(stats["delivered"], 1);
  EXPECT_EQ(stats["failed"], 1);
  EXPECT_EQ(stats["by_campaign"], Json::array());
}

TEST_F(ApiMessages, RepeatedKeysAreTheFirstMessageAgain) {
  auto earlier = message(customer);
  earlier.client_reference = unique("key");
  server_.store(earlier);
  const auto before = server_.messaging.submitted().size();
  const auto repeat = submit(hello(), earlier.client_reference);
  EXPECT_EQ(repeat.status, 200u) << repeat.text;
  EXPECT_EQ(repeat.id(), earlier.id.to_string());
  auto changed = hello();
  changed["body"] = "something else";
  const auto reused = submit(changed, earlier.client_reference);
  EXPECT_EQ(reused.status, 422u);
  EXPECT_EQ(reused.code(), "IDEMPOTENCY_KEY_REUSED");
  EXPECT_EQ(server_.messaging.submitted().size(), before) << "nothing was sent";
  EXPECT_EQ(submit(hello(), unique("key")).status, 201u);
  EXPECT_EQ(server_.messaging.submitted().size(), before + 1);
}

TEST_F(ApiMessages, KeysAreTheCustomersOwn) {
  auto earlier = message(other);
  earlier.client_reference = unique("key");
  server_.store(earlier);
  EXPECT_EQ(submit(hello(), earlier.client_reference).status, 201u);
}

// Two requests with one key at once: messaging tells the second of the first.
TEST_F(ApiMessages, RacingKeysEndInOneMessage) {
  const auto first = message(customer);
  server_.store(first);
  server_.messaging.replay_of = first.id;
  const auto second = submit(hello(), unique("key"));
  server_.messaging.replay_of = *MessageId::parse(kNobody);
  const auto too_early = submit(hello(), unique("key"));
  server_.messaging.replay_of.reset();
  EXPECT_EQ(second.status, 200u) << second.text;
  EXPECT_EQ(second.id(), first.id.to_string());
  EXPECT_EQ(too_early.code(), "IDEMPOTENCY_IN_PROGRESS");
}

TEST_F(ApiMessages, AreCancelledWhileQueued) {
  const auto id = stored(customer);
  const auto path = "/v1/messages/" + id;
  EXPECT_EQ(ask("DELETE", path, other_key).code(), "NOT_FOUND");
  EXPECT_EQ(ask("DELETE", path, key).status, 204u);
  const auto asked = server_.messaging.cancelled();
  ASSERT_FALSE(asked.empty());
  EXPECT_EQ(asked.back().first.to_string(), customer);
  EXPECT_EQ(asked.back().second.to_string(), id);
  EXPECT_EQ(ask("DELETE", path, boss).status, 204u) << "operators need not say whose it is";

  server_.messaging.cancel_result = domain::CancelResult::TooLate;
  const auto late = ask("DELETE", path, key);
  server_.messaging.cancel_result = domain::CancelResult::Cancelled;
  EXPECT_EQ(late.code(), "CONFLICT");
  EXPECT_EQ(late.body["error"]["details"]["reason"], "too_late");
  const auto ended = ask("DELETE", "/v1/messages/" + stored(customer, MessageState::Failed), key);
  EXPECT_EQ(ended.body["error"]["details"]["reason"], "failed");
}

class ApiMessaging : public ApiFixture {
 protected:
  std::string connector() {
    return create(
        "/v1/messaging/connectors",
        {{"name", unique("smsc")}, {"host", "127.0.0.1"}, {"system_id", "warp"}, {"password", "secret"}});
  }
  std::string owned() { return create("/v1/numbers", {{"tn", unique_tn()}, {"customer_id", customer}}); }
  static std::string system_id() {
    static int count = 0;
    return "acct" + std::to_string(++count);
  }
};

TEST_F(ApiMessaging, ConnectorsAreProvisionedWithoutShowingTheirPassword) {
  const auto path = "/v1/messaging/connectors/" + connector();
  const auto before = get(path, boss);
  ASSERT_EQ(before.status, 200u) << before.text;
  EXPECT_FALSE(before.data().contains("password"));
  EXPECT_EQ(before.data()["port"], 2775);
  EXPECT_EQ(before.data()["interface_version"], "3.4");
  const auto changed = ask("PATCH", path, boss,
                           {{"mps", 10},
                            {"split", "sar"},
                            {"interface_version", "5.0"},
                            {"ambiguity", "resend"},
                            {"response_timeout_ms", 5000},
                            {"source_ton", 5}});
  ASSERT_EQ(changed.status, 200u) << changed.text;
  EXPECT_EQ(changed.data()["mps"], 10);
  EXPECT_EQ(changed.data()["split"], "sar");
  EXPECT_EQ(changed.data()["interface_version"], "5.0");
  EXPECT_EQ(changed.data()["ambiguity"], "resend");
  EXPECT_EQ(changed.data()["response_timeout_ms"], 5000);
  EXPECT_EQ(changed.data()["source_ton"], 5);
  EXPECT_EQ(changed.data()["system_id"], "warp") << "what is absent stays";
  EXPECT_EQ(ask("PATCH", path, boss, {{"mps", nullptr}}).data()["mps"], Json());
  EXPECT_EQ(ask("PATCH", path, boss, {{"split", "none"}}).code(), "INVALID_PAYLOAD");
  EXPECT_EQ(get(path, key).code(), "FORBIDDEN");

  create("/v1/messaging/routes", {{"connector_id", before.data()["id"]}});
  EXPECT_EQ(ask("DELETE", path, boss).code(), "CONFLICT") << "a route names it";
}

TEST_F(ApiMessaging, ConnectorsOfWholeMessagesAreCheckedByTheirProtocol) {
  const std::string path = "/v1/messaging/connectors";
  const auto field_refused = [&](const Json& body) {
    const auto answer = ask("POST", path, boss, body);
    EXPECT_EQ(answer.code(), "VALIDATION_ERROR") << answer.text;
    return answer.body["error"]["details"].value("field", "");
  };
  EXPECT_EQ(field_refused({{"name", unique("smsc")}, {"host", "127.0.0.1"}}), "system_id");
  Json mmsc{{"name", unique("mmsc")},      {"protocol", "mm4"},
            {"host", "127.0.0.1"},         {"local_domain", "mms.warp.example"},
            {"allowed", {"127.0.0.1/32"}}, {"max_media_octets", 300'000}};
  EXPECT_EQ(field_refused(mmsc), "remote_domain");
  mmsc["remote_domain"] = "mms.carrier.example";
  mmsc["system_id"] = "warp";
  EXPECT_EQ(field_refused(mmsc), "tls") << "no login in the clear";
  mmsc["tls"] = true;
  auto unguarded = mmsc;
  unguarded["allowed"] = Json::array();
  EXPECT_EQ(field_refused(unguarded), "allowed");
  unguarded["allowed"] = {"127.0.0.1/8"};
  EXPECT_NE(ask("POST", path, boss, unguarded).status, 201u) << "host bits are set";
  const auto id = create(path, mmsc);
  const auto seen = get(path + "/" + id, boss).data();
  EXPECT_EQ(seen["protocol"], "mm4");
  EXPECT_EQ(seen["allowed"], Json({"127.0.0.1/32"}));
  EXPECT_EQ(seen["max_media_octets"], 300'000);
  EXPECT_EQ(ask("PATCH", path + "/" + id, boss, {{"local_domain", ""}}).code(), "VALIDATION_ERROR");
  EXPECT_EQ(ask("PATCH", path + "/" + id, boss, {{"protocol", "rcs"}}).code(), "INVALID_PAYLOAD");
  EXPECT_EQ(ask("PATCH", path + "/" + id, boss, {{"local_domain", "mms.warp.test"}}).data()["local_domain"],
            "mms.warp.test");

  EXPECT_EQ(field_refused({{"name", unique("rcs")}, {"protocol", "rcs"}, {"agent", "shop"}}), "base_url");
  const auto rcs = create(path, {{"name", unique("rcs")},
                                 {"protocol", "rcs"},
                                 {"agent", "shop"},
                                 {"base_url", "https://rcs.example"},
                                 {"password", std::string(200, 't')}});
  EXPECT_EQ(get(path + "/" + rcs, boss).data()["base_url"], "https://rcs.example");
}

TEST_F(ApiMessaging, ConnectorsAreHeldAndEmptied) {
  const auto id = connector();
  const auto path = "/v1/messaging/connectors/" + id;
  EXPECT_EQ(ask("POST", path + "/pause", boss).data()["paused"], true);
  EXPECT_EQ(get(path, boss).data()["paused"], true) << "kept for the next start";
  EXPECT_EQ(server_.messaging.held(*ConnectorId::parse(id)), true) << "and told at once";
  EXPECT_EQ(ask("POST", path + "/resume", boss).data()["paused"], false);
  EXPECT_EQ(server_.messaging.held(*ConnectorId::parse(id)), false);
  server_.messaging.purged = 12;
  EXPECT_EQ(ask("POST", path + "/purge", boss).data()["cancelled"], 12);
  const auto nobody = std::string("/v1/messaging/connectors/") + kNobody;
  EXPECT_EQ(ask("POST", nobody + "/pause", boss).code(), "NOT_FOUND");
  EXPECT_EQ(ask("POST", nobody + "/purge", boss).code(), "NOT_FOUND");
}

TEST_F(ApiMessaging, RoutesAreProvisioned) {
  const auto to = connector();
  const auto id = create("/v1/messaging/routes", {{"connector_id", to}, {"prefix", "44"}, {"priority", 7}});
  const auto path = "/v1/messaging/routes/" + id;
  EXPECT_EQ(get(path, boss).data()["prefix"], "44");
  EXPECT_EQ(get(path, boss).data()["customer_id"], Json());
  const auto changed =
      ask("PATCH", path, boss, {{"customer_id", customer}, {"from_minute", 60}, {"to_minute", 120}});
  ASSERT_EQ(changed.status, 200u) << changed.text;
  EXPECT_EQ(changed.data()["customer_id"], customer);
  EXPECT_EQ(changed.data()["priority"], 7);
  EXPECT_EQ(ask("PATCH", path, boss, {{"to_minute", nullptr}}).code(), "VALIDATION_ERROR")
      << "a span has two ends";
  EXPECT_EQ(ask("POST", "/v1/messaging/routes", boss, {{"connector_id", kNobody}}).code(), "CONFLICT");
  EXPECT_EQ(ask("DELETE", path, boss).status, 204u);
  EXPECT_EQ(get(path, boss).code(), "NOT_FOUND");
}

TEST_F(ApiMessaging, PasswordsOfAccountsAreShownOnce) {
  const auto made =
      ask("POST", "/v1/messaging/esmes", boss, {{"customer_id", customer}, {"system_id", system_id()}});
  ASSERT_EQ(made.status, 201u) << made.text;
  const auto password = made.data()["password"].get<std::string>();
  EXPECT_EQ(password.size(), 8u);
  const auto path = "/v1/messaging/esmes/" + made.id();
  EXPECT_EQ(get(path, boss).text.find(password), std::string::npos);
  const auto rotated = ask("POST", path + "/rotate", boss);
  EXPECT_NE(rotated.data()["password"], password);
  const auto changed =
      ask("PATCH", path, boss,
          {{"allowed", {"203.0.113.0/24"}}, {"max_binds", 2}, {"password", "longer-secret"}});
  ASSERT_EQ(changed.status, 200u) << changed.text;
  EXPECT_EQ(changed.data()["allowed"][0], "203.0.113.0/24");
  EXPECT_FALSE(changed.data().contains("password")) << "a given one is known already";
  EXPECT_EQ(ask("PATCH", path, boss, {{"allowed", {"203.0.113.9/24"}}}).code(), "VALIDATION_ERROR");
  EXPECT_EQ(ask("PATCH", path, boss, {{"password", "short"}}).code(), "INVALID_PAYLOAD");
  EXPECT_EQ(get("/v1/messaging/esmes?customer_id=" + other, boss).data().size(), 0u);
  EXPECT_EQ(get("/v1/messaging/esmes?customer_id=" + customer, boss).data().size(), 1u);
  EXPECT_EQ(ask("DELETE", path, boss).status, 204u);
}

// What the SMPP server compares with: SHA-256 in hexadecimal.
TEST_F(ApiMessaging, PasswordsOfAccountsAreKeptAsTheirHash) {
  const auto id = system_id();
  const auto made = ask("POST", "/v1/messaging/esmes", boss,
                        {{"customer_id", customer}, {"system_id", id}, {"password", "correct-horse"}});
  ASSERT_EQ(made.status, 201u) << made.text;
  const auto hash = Postgres::instance().run(
      Postgres::instance().migrated_database(),
      "SELECT password_hash = encode(sha256('correct-horse'), 'hex') FROM sms.esmes WHERE system_id = '" +
          id + "'");
  EXPECT_EQ(hash, "t");
}

TEST_F(ApiMessaging, OptOutsAreTheCustomersOwn) {
  const Json wanted{{"sender", "2025550001"}, {"recipient", "+12125550100"}};
  const auto made = ask("POST", "/v1/messaging/opt-outs", key, wanted);
  ASSERT_EQ(made.status, 201u) << made.text;
  EXPECT_EQ(made.data()["sender"], "+12025550001");
  EXPECT_EQ(made.data()["source"], "api");
  EXPECT_EQ(ask("POST", "/v1/messaging/opt-outs", key, wanted).status, 201u) << "again: as it stands";
  EXPECT_EQ(get("/v1/messaging/opt-outs", key).data().size(), 1u);
  EXPECT_EQ(get("/v1/messaging/opt-outs", other_key).data().size(), 0u);
  const std::string path = "/v1/messaging/opt-outs/12025550001/12125550100";
  EXPECT_EQ(ask("DELETE", path, other_key).code(), "NOT_FOUND");
  EXPECT_EQ(ask("DELETE", path, key).status, 204u);
  EXPECT_EQ(ask("DELETE", path, key).code(), "NOT_FOUND");
  EXPECT_EQ(ask("DELETE", "/v1/messaging/opt-outs/x/12125550100", key).code(), "INVALID_ID");
}

TEST_F(ApiMessaging, RatesOfAPlanAreSetAtOnce) {
  const auto plan =
      create("/v1/rate-plans", {{"name", unique("plan")}, {"kind", "CUSTOMER"}, {"currency", "USD"}});
  const auto path = "/v1/rate-plans/" + plan + "/message-rates";
  EXPECT_EQ(get(path, boss).data(), Json::array());
  const auto rate = [](const char* prefix, const char* price) {
    return Json{{"prefix", prefix}, {"per_segment", price}};
  };
  const auto set = ask("PUT", path, boss, {{"rates", {rate("44", "0.03"), rate("1", "0.0075")}}});
  ASSERT_EQ(set.status, 200u) << set.text;
  ASSERT_EQ(set.data().size(), 2u);
  EXPECT_EQ(set.data()[0]["prefix"], "1");
  EXPECT_EQ(set.data()[0]["per_segment"], 0.0075);
  EXPECT_EQ(ask("PUT", path, boss, {{"rates", {rate("1", "1"), rate("1", "2")}}}).code(), "VALIDATION_ERROR");
  EXPECT_EQ(ask("PUT", path, boss, {{"rates", {rate("1", "1"), rate("2", "-1")}}}).code(),
            "VALIDATION_ERROR");
  EXPECT_EQ(get(path, boss).data().size(), 2u) << "a list with a fault changes nothing";
  EXPECT_EQ(ask("PUT", path, boss, {{"rates", Json::array()}}).data(), Json::array());
  EXPECT_EQ(get(std::string("/v1/rate-plans/") + kNobody + "/message-rates", boss).code(), "NOT_FOUND");
}

TEST_F(ApiMessaging, CustomersHaveSettings) {
  const auto path = "/v1/customers/" + customer + "/messaging";
  const auto plan =
      create("/v1/rate-plans", {{"name", unique("plan")}, {"kind", "CUSTOMER"}, {"currency", "USD"}});
  const auto before = get(path, key);
  ASSERT_EQ(before.status, 200u) << before.text;
  EXPECT_EQ(before.data()["needs_campaign"], true);
  EXPECT_EQ(before.data()["mps"], Json());
  const auto set = ask("PATCH", path, boss,
                       {{"mps", 5},
                        {"rate_plan_id", plan},
                        {"needs_campaign", false},
                        {"receipt_url", "https://example.net/receipts"},
                        {"webhook_secret", "s3cret"}});
  ASSERT_EQ(set.status, 200u) << set.text;
  EXPECT_EQ(ask("PATCH", path, boss, {{"burst", 9}}).data()["rate_plan_id"], plan) << "what is absent stays";
  const auto seen = get(path, key);
  EXPECT_EQ(seen.data()["mps"], 5);
  EXPECT_EQ(seen.data()["burst"], 9);
  EXPECT_FALSE(seen.data().contains("rate_plan_id")) << "the plan is the operator's";
  EXPECT_EQ(seen.text.find("s3cret"), std::string::npos);
  EXPECT_EQ(ask("PATCH", path, key, {{"mps", 500}}).code(), "FORBIDDEN");
  EXPECT_EQ(get(path, other_key).code(), "FORBIDDEN");
  EXPECT_EQ(ask("PATCH", path, boss, {{"receipt_url", "http://example.net"}}).code(), "INVALID_PAYLOAD");
}

TEST_F(ApiMessaging, NumbersSayWhereTheirMessagesGo) {
  const auto tn = owned();
  const auto path = "/v1/numbers/" + tn + "/sms";
  const auto set =
      ask("PATCH", path, key,
          {{"inbound_webhook_url", "https://example.net/in"}, {"inbound_webhook_secret", "s3cret"}});
  ASSERT_EQ(set.status, 200u) << set.text;
  EXPECT_EQ(set.data()["inbound_webhook_url"], "https://example.net/in");
  EXPECT_EQ(set.data()["has_secret"], true);
  EXPECT_EQ(set.text.find("s3cret"), std::string::npos);
  const auto more = ask("PATCH", path, key, {{"fallback_inbound_url", "https://example.org/in"}});
  EXPECT_EQ(more.data()["inbound_webhook_url"], "https://example.net/in") << "what is absent stays";
  EXPECT_EQ(more.data()["has_secret"], true);

  EXPECT_EQ(get("/v1/numbers/" + tn, key).data()["sms"]["inbound_webhook_url"], "https://example.net/in");
  EXPECT_EQ(get("/v1/numbers?sms_configured=true", key).data()[0]["sms"]["has_secret"], true);
  EXPECT_EQ(get("/v1/numbers?sms_configured=false", key).data().size(), 0u);

  const auto listed = get("/v1/messaging/numbers", key);
  ASSERT_EQ(listed.data().size(), 1u) << listed.text;
  EXPECT_EQ(listed.data()[0]["tn"], tn);
  EXPECT_EQ(listed.data()[0]["has_webhook"], true);
  EXPECT_EQ(listed.data()[0]["messaging_status"], "unassigned");
  EXPECT_EQ(get("/v1/messaging/numbers", other_key).data().size(), 0u);

  EXPECT_EQ(ask("PATCH", path, key, {{"inbound_webhook_url", "http://example.net"}}).code(),
            "INVALID_REQUEST");
  EXPECT_EQ(ask("PATCH", path, key, {{"campaign_id", kNobody}}).code(), "INVALID_REQUEST");
  EXPECT_EQ(ask("PATCH", path, key, {{"mms_enabled", true}}).code(), "VALIDATION_ERROR");
  EXPECT_EQ(ask("PATCH", path, key, {{"esme_id", kNobody}}).code(), "CONFLICT");
  EXPECT_EQ(ask("PATCH", path, other_key, {{"fallback_inbound_url", ""}}).code(), "TN_NOT_OWNED");
  EXPECT_EQ(ask("DELETE", path, other_key).code(), "TN_NOT_OWNED");
  EXPECT_EQ(ask("DELETE", path, key).status, 204u);
  EXPECT_EQ(get("/v1/messaging/numbers", key).data()[0]["has_webhook"], false);
  EXPECT_EQ(get("/v1/numbers/" + tn, key).data()["sms"], Json());
  EXPECT_EQ(ask("DELETE", path, key).status, 204u) << "repeatable";
}

TEST_F(ApiMessaging, NumbersGoToOwnAccountsOnly) {
  const auto account = [&](const std::string& whose) {
    return create("/v1/messaging/esmes", {{"customer_id", whose}, {"system_id", system_id()}});
  };
  const auto path = "/v1/numbers/" + owned() + "/sms";
  const auto mine = account(customer);
  EXPECT_EQ(ask("PATCH", path, key, {{"esme_id", mine}}).data()["esme_id"], mine);
  EXPECT_EQ(ask("PATCH", path, key, {{"esme_id", account(other)}}).code(), "CONFLICT");
  EXPECT_EQ(ask("PATCH", path, key, {{"esme_id", nullptr}}).data()["esme_id"], Json());
}

}  // namespace
}  // namespace warp::test
