// Brands, campaigns, their review and their numbers.
#include "warp/integrations/campaign_sync.h"

#include "integration/api_fixture.h"

namespace warp::test {
namespace {

using api::Json;
using Kind = domain::RegistryError::Kind;
constexpr const char* kBrands = "/v1/messaging/brands";
constexpr const char* kCampaigns = "/v1/messaging/campaigns";

class ApiCampaigns : public ApiFixture {
 protected:
  ApiCampaigns() { server_.registry.reset(); }

  static Json brand_body() {
    return {{"entity_type", "PRIVATE_PROFIT"},
            {"display_name", "Acme"},
            {"company_name", "Acme Inc."},
            {"ein", "12-3456789"},
            {"phone", "2025550100"},
            {"email", "a@example.com"},
            {"country", "US"},
            {"vertical", "TECHNOLOGY"}};
  }
  static Json campaign_body(const std::string& brand) {
    return {{"brand_id", brand},
            {"usecase", "CUSTOMER_CARE"},
            {"description", "Answers to questions that customers asked us by message."},
            {"message_flow", "Customers text us first, from the number on their invoice."},
            {"sample1", "Your ticket 7 is closed."},
            {"optout_keywords", "stop, Cancel,STOP"},
            {"help_keywords", "help"}};
  }
  std::string brand(const std::string& by) {
    const auto made = ask("POST", kBrands, by, brand_body());
    EXPECT_EQ(made.status, 201u) << made.text;
    return made.id();
  }
  std::string campaign(const std::string& by) {
    const auto made = ask("POST", kCampaigns, by, campaign_body(brand(by)));
    EXPECT_EQ(made.status, 201u) << made.text;
    return made.id();
  }
  std::string number(const std::string& whose) {
    return create("/v1/numbers", {{"tn", unique_tn()}, {"customer_id", whose}});
  }
  ApiReply decide(const std::string& id, const char* decision, const char* reason = "") {
    return ask("POST", kCampaigns + ("/" + id) + "/decision", boss,
               {{"decision", decision}, {"reason", reason}});
  }
  static std::string sql(const std::string& text) {
    return Postgres::instance().run(Postgres::instance().migrated_database(), text);
  }
  FakeRegistry& registry() { return server_.registry; }
};

TEST_F(ApiCampaigns, ABrandIsRegisteredShownListedReplacedAndDeleted) {
  const auto made = ask("POST", kBrands, key, brand_body());
  ASSERT_EQ(made.status, 201u) << made.text;
  EXPECT_EQ(made.data()["ein"], "123456789");
  EXPECT_EQ(made.data()["phone"], "+12025550100");
  EXPECT_EQ(made.data()["identity_status"], "SELF_DECLARED");
  EXPECT_EQ(made.data()["trust_score"], Json());
  const auto path = kBrands + ("/" + made.id());
  EXPECT_EQ(get(path, key).data(), made.data());
  EXPECT_EQ(get(kBrands, key).body["meta"]["per_page"], 20);
  EXPECT_EQ(get(kBrands + std::string("?per_page=1000"), key).body["meta"]["per_page"], 100);
  EXPECT_EQ(get(kBrands, key).data()[0]["id"], made.id());

  auto changed = brand_body();
  changed.erase("phone");
  changed["display_name"] = "Acme Two";
  const auto replaced = ask("PUT", path, key, changed);
  ASSERT_EQ(replaced.status, 200u) << replaced.text;
  EXPECT_EQ(replaced.data()["display_name"], "Acme Two");
  EXPECT_FALSE(replaced.data().contains("phone")) << "a replacement is whole";
  EXPECT_EQ(registry().asked().back(), "update_brand");
  changed["ein"] = "987654321";
  ask("PUT", path, key, changed);
  EXPECT_EQ(registry().asked().back(), "update_brand reverify");

  EXPECT_EQ(ask("DELETE", path, key).status, 204u);
  EXPECT_EQ(get(path, key).code(), "NOT_FOUND");
  EXPECT_EQ(sql("SELECT count(*) FROM audit.events WHERE object_type = 'brand' AND object_id = '" +
                made.id() + "'"),
            "4");
}

TEST_F(ApiCampaigns, BrandsAgainstTheRulesAreRefusedFieldByField) {
  const auto wrong = [&](Json change, const char* field) {
    auto body = brand_body();
    body.update(change);
    const auto reply = ask("POST", kBrands, key, body);
    EXPECT_EQ(reply.status, 400u) << reply.text;
    EXPECT_TRUE(reply.body["error"]["details"]["fields"].contains(field)) << reply.text;
    return reply.code();
  };
  EXPECT_EQ(wrong({{"display_name", ""}}, "display_name"), "TNIQ_VALIDATION");
  EXPECT_EQ(wrong({{"company_name", ""}}, "company_name"), "TNIQ_VALIDATION");
  EXPECT_EQ(wrong({{"ein", "12-34"}}, "ein"), "TNIQ_VALIDATION");
  EXPECT_EQ(wrong({{"phone", "call me"}}, "phone"), "TNIQ_VALIDATION");
  EXPECT_EQ(wrong({{"email", "nobody"}}, "email"), "TNIQ_VALIDATION");
  EXPECT_EQ(wrong({{"vertical", "MAGIC"}}, "vertical"), "TNIQ_VALIDATION");
  EXPECT_EQ(wrong({{"entity_type", "PUBLIC_PROFIT"}}, "stock_symbol"), "TNIQ_VALIDATION");
  EXPECT_EQ(wrong({{"stock_symbol", "ACME"}}, "stock_symbol"), "TNIQ_VALIDATION");
  EXPECT_EQ(wrong({{"entity_type", "SOLE_PROPRIETOR"}}, "first_name"), "TNIQ_VALIDATION");
  EXPECT_EQ(wrong({{"entity_type", "CLUB"}}, "entity_type"), "INVALID_PAYLOAD");
  EXPECT_EQ(wrong({{"country", "USA"}}, "country"), "INVALID_PAYLOAD");
  EXPECT_EQ(wrong({{"colour", "red"}}, "colour"), "INVALID_PAYLOAD");
  EXPECT_EQ(ask("POST", kBrands, key).code(), "TNIQ_VALIDATION") << "no body is an empty object";
  EXPECT_TRUE(registry().asked().empty()) << "what we know is wrong costs nothing";
}

TEST_F(ApiCampaigns, TheRegistrysFailuresAreToldApart) {
  const auto id = campaign(key);
  registry().fail({Kind::Unavailable, "away", {}, ""});
  EXPECT_EQ(ask("POST", kBrands, key, brand_body()).code(), "TNIQ_ERROR");
  EXPECT_EQ(ask("POST", kBrands, key, brand_body()).status, 502u);
  const auto path = kCampaigns + ("/" + id);
  for (const char* below : {"", "/mno-status", "/sharing"})
    EXPECT_EQ(get(path + below, key).code(), "TNIQ_ERROR") << below;
  EXPECT_EQ(ask("PUT", path + "/resubmit", key).code(), "TNIQ_ERROR");
  EXPECT_EQ(ask("POST", path + "/nudge", key, Json::object()).code(), "TNIQ_ERROR");
  EXPECT_EQ(ask("POST", path + "/cnp", key, Json::object()).code(), "TNIQ_ERROR");
  EXPECT_EQ(get(kCampaigns, key).status, 200u) << "lists are ours";
  EXPECT_EQ(get("/v1/messaging/use-cases", key).status, 200u);
  registry().fail(
      {Kind::Refused, "Invalid EIN", Json::array({{{"code", 500}, {"description", "Invalid EIN"}}}), ""});
  const auto refused = ask("POST", kBrands, key, brand_body());
  EXPECT_EQ(refused.code(), "TNIQ_VALIDATION");
  EXPECT_EQ(refused.body["error"]["message"], "Invalid EIN");
  EXPECT_EQ(refused.body["error"]["details"]["errors"][0]["code"], 500);
}

TEST_F(ApiCampaigns, ACampaignIsRegisteredListedAndChanged) {
  const auto owner = brand(key);
  const auto made = ask("POST", kCampaigns, key, campaign_body(owner));
  ASSERT_EQ(made.status, 201u) << made.text;
  EXPECT_EQ(made.data()["status"], "pending");
  EXPECT_EQ(made.data()["brand_id"], owner);
  EXPECT_EQ(made.data()["rejection_reason"], Json());
  EXPECT_EQ(get(kCampaigns + ("?brand_id=" + owner), key).data().size(), 1u);
  EXPECT_EQ(get(kCampaigns + std::string("?brand_id=") + kNobody, key).data().size(), 0u);
  EXPECT_EQ(
      sql("SELECT opt_out_keywords || help_keywords || opt_in_keywords FROM sms.campaigns WHERE id = '" +
          made.id() + "'"),
      "{STOP,CANCEL,HELP,START}");
  const auto path = kCampaigns + ("/" + made.id());
  const auto changed = ask("PUT", path, key, {{"sample2", "Thanks."}, {"optout_keywords", "BASTA"}});
  ASSERT_EQ(changed.status, 200u) << changed.text;
  EXPECT_EQ(changed.data()["sample1"], "Your ticket 7 is closed.") << "what is left out stays";
  EXPECT_EQ(changed.data()["sample2"], "Thanks.");
  EXPECT_EQ(registry().asked().back(), R"(update_campaign {"sample2":"Thanks.","optout_keywords":"BASTA"})");
  EXPECT_EQ(sql("SELECT opt_out_keywords FROM sms.campaigns WHERE id = '" + made.id() + "'"), "{BASTA}");
  EXPECT_EQ(ask("PUT", path, key, {{"usecase", "MARKETING"}}).code(), "TNIQ_VALIDATION");
  EXPECT_EQ(ask("PUT", path, key, {{"brand_id", brand(key)}}).code(), "TNIQ_VALIDATION");
  EXPECT_EQ(ask("PUT", path, key, {{"description", "short"}}).code(), "TNIQ_VALIDATION");
}

TEST_F(ApiCampaigns, CampaignsAgainstTheRulesAreRefused) {
  const auto owner = brand(key);
  const auto code = [&](Json change) {
    auto body = campaign_body(owner);
    body.update(change);
    return ask("POST", kCampaigns, key, body).code();
  };
  EXPECT_EQ(code({{"description", "short"}}), "TNIQ_VALIDATION");
  EXPECT_EQ(code({{"description", std::string(39, 'x') + "\xC3\xA9"}}), "") << "40 characters in 41 octets";
  EXPECT_EQ(code({{"message_flow", ""}}), "TNIQ_VALIDATION");
  EXPECT_EQ(code({{"sample1", ""}}), "TNIQ_VALIDATION");
  EXPECT_EQ(code({{"usecase", "MAGIC"}}), "TNIQ_VALIDATION");
  EXPECT_EQ(code({{"sub_usecases", Json::array({"2FA"})}}), "TNIQ_VALIDATION");
  EXPECT_EQ(code({{"usecase", "MIXED"}, {"sub_usecases", Json::array({"MAGIC"})}}), "TNIQ_VALIDATION");
  EXPECT_EQ(code({{"usecase", "MIXED"}, {"sub_usecases", Json::array({"2FA", "MARKETING"})}}), "");
  EXPECT_EQ(code({{"embedded_link", "yes"}}), "INVALID_PAYLOAD");
  EXPECT_EQ(code({{"brand_id", kNobody}}), "NOT_FOUND");
  auto body = campaign_body(owner);
  body.erase("brand_id");
  EXPECT_EQ(ask("POST", kCampaigns, key, body).code(), "INVALID_PAYLOAD");
  EXPECT_EQ(ask("POST", kCampaigns, other_key, campaign_body(owner)).code(), "NOT_FOUND")
      << "another's brand";
}

TEST_F(ApiCampaigns, TheOperatorDecidesWhereNobodyElseDoes) {
  const auto id = campaign(key);
  const auto path = kCampaigns + ("/" + id);
  EXPECT_EQ(ask("POST", path + "/decision", key, {{"decision", "approved"}}).code(), "FORBIDDEN");
  const auto rejected = decide(id, "rejected", "Show how people opt in.");
  ASSERT_EQ(rejected.status, 200u) << rejected.text;
  EXPECT_EQ(get(path, key).data()["rejection_reason"], "Show how people opt in.");
  EXPECT_EQ(ask("PUT", path + "/resubmit", key).status, 200u);
  EXPECT_EQ(get(path, key).data()["status"], "pending");
  EXPECT_EQ(get(path, key).data()["rejection_reason"], Json());
  EXPECT_EQ(decide(id, "approved").data()["status"], "approved");
  EXPECT_EQ(get(path + "/mno-status", key).data()[0]["status"], "APPROVED");
  const auto again = ask("PUT", path + "/resubmit", key);
  EXPECT_EQ(again.code(), "CONFLICT") << "its messages would be refused";
  EXPECT_EQ(decide(id, "maybe").code(), "INVALID_PAYLOAD");
  sql("UPDATE sms.campaigns SET registry = 'tcr' WHERE id = '" + id + "'");
  EXPECT_EQ(decide(id, "suspended").code(), "CONFLICT");
  EXPECT_EQ(ask("PUT", path, key, {{"sample2", "x"}}).code(), "CONFLICT") << "another registry's";
  EXPECT_EQ(get(path, key).data()["status"], "approved") << "shown as it stood";
}

TEST_F(ApiCampaigns, PartnerNudgeAndSharing) {
  const auto path = kCampaigns + ("/" + campaign(key));
  EXPECT_EQ(ask("POST", path + "/cnp", key, {{"cnp_id", "SABC"}, {"anything", {{"else", 1}}}}).status, 200u);
  EXPECT_EQ(registry().asked().back(), R"(elect {"cnp_id":"SABC","anything":{"else":1}})");
  EXPECT_EQ(ask("POST", path + "/cnp", key).status, 200u);
  const auto nudged = ask("POST", path + "/nudge", key, Json::object());
  EXPECT_EQ(nudged.status, 202u);
  EXPECT_EQ(nudged.text, "");
  EXPECT_EQ(get(path + "/sharing", key).data()["shared"], false);
  registry().share({{"shared_by_me", {{"upstream_cnp_id", "SABC"}, {"sharing_status", "ACCEPTED"}}}});
  const auto shared = get(path + "/sharing", key).data();
  EXPECT_EQ(shared["accepted"], true);
  EXPECT_EQ(shared["shared_by_me"]["upstream_cnp_id"], "SABC");
}

TEST_F(ApiCampaigns, WhatTheRegistrySaysNowIsShownAndKept) {
  const auto id = campaign(key);
  const auto path = kCampaigns + ("/" + id);
  domain::RegisteredCampaign said;
  said.id = get(path, key).data()["tcr_campaign_id"].get<std::string>();
  said.status = domain::CampaignStatus::Approved;
  said.fields = {{"next_renewal_or_expiration_date", "2027-01-01"}};
  registry().put(said);
  const auto shown = get(path, key).data();
  EXPECT_EQ(shown["status"], "approved");
  EXPECT_EQ(shown["next_renewal_or_expiration_date"], "2027-01-01");
  EXPECT_EQ(shown["sample1"], "Your ticket 7 is closed.");
  EXPECT_EQ(get(kCampaigns, key).data()[0]["status"], "approved");
}

TEST_F(ApiCampaigns, BrandsAndCampaignsAreAdoptedOnceAndByOneCustomer) {
  domain::RegisteredBrand stranger;
  stranger.id = "BSTRANGER" + std::to_string(std::hash<std::string>{}(customer) % 100000);
  stranger.identity_status = "VERIFIED";
  stranger.fields = {{"display_name", "Stranger"}, {"ein", "111111111"}};
  registry().put(stranger);
  domain::RegisteredCampaign theirs;
  theirs.id = "C" + stranger.id;
  theirs.brand_id = stranger.id;
  theirs.status = domain::CampaignStatus::Approved;
  theirs.fields = {{"usecase", "2FA"}, {"sample1", "secret"}, {"optout_keywords", "END"}};
  registry().put(theirs);
  const auto looked = get(kBrands + ("/lookup/" + stranger.id), key);
  ASSERT_EQ(looked.status, 200u) << looked.text;
  EXPECT_EQ(looked.data()["id"], Json());
  EXPECT_EQ(looked.data()["display_name"], "Stranger");
  EXPECT_FALSE(looked.data().contains("ein")) << "not theirs to know";
  EXPECT_TRUE(get(kBrands + ("/lookup/" + stranger.id), boss).data().contains("ein"));
  EXPECT_FALSE(get(kCampaigns + ("/lookup/" + theirs.id), key).data().contains("sample1"));
  EXPECT_EQ(get(kBrands + std::string("/lookup/BNOBODY"), key).code(), "NOT_FOUND");
  EXPECT_EQ(get(kBrands + std::string("/lookup/a%2Fb"), key).code(), "NOT_FOUND");

  const auto linked = ask("POST", kCampaigns + std::string("/link"), key, {{"tcr_campaign_id", theirs.id}});
  ASSERT_EQ(linked.status, 201u) << linked.text;
  EXPECT_EQ(linked.data()["status"], "approved");
  EXPECT_EQ(get(kBrands, key).data()[0]["tcr_brand_id"], stranger.id) << "the brand came with it";
  EXPECT_EQ(sql("SELECT opt_out_keywords FROM sms.campaigns WHERE id = '" + linked.id() + "'"), "{END}");
  EXPECT_EQ(ask("POST", kCampaigns + std::string("/link"), key, {{"tcr_campaign_id", theirs.id}}).status,
            200u);
  EXPECT_EQ(ask("POST", kBrands + std::string("/link"), key, {{"tcr_brand_id", stranger.id}}).status, 200u);
  EXPECT_EQ(ask("POST", kBrands + std::string("/link"), other_key, {{"tcr_brand_id", stranger.id}}).code(),
            "NOT_FOUND");
  EXPECT_EQ(
      ask("POST", kCampaigns + std::string("/link"), other_key, {{"tcr_campaign_id", theirs.id}}).code(),
      "NOT_FOUND");
  EXPECT_EQ(ask("POST", kBrands + std::string("/link"), key, Json::object()).code(), "INVALID_PAYLOAD");
  EXPECT_TRUE(get(kBrands + ("/lookup/" + stranger.id), key).data().contains("ein"));
}

TEST_F(ApiCampaigns, NumbersAreAttachedAndDetachedOneByOne) {
  const auto id = campaign(key);
  const auto path = kCampaigns + ("/" + id) + "/numbers";
  const auto mine = number(customer), second = number(customer), theirs = number(other);
  const auto attached = ask("POST", path, key,
                            {{"phone_numbers", Json::array({mine, "1" + mine, "+1" + second, theirs, "x"})}});
  ASSERT_EQ(attached.status, 200u) << attached.text;
  EXPECT_FALSE(attached.body.contains("success")) << "bare";
  EXPECT_EQ(attached.body["assigned"], Json::array({mine, second}));
  EXPECT_EQ(attached.body["failed"], Json::array({{{"phone_number", theirs}, {"reason", "not_owned"}},
                                                  {{"phone_number", "x"}, {"reason", "not_found"}}}));
  const auto listed = get(path + "?per_page=1", key);
  EXPECT_EQ(listed.body["meta"]["total"], 2);
  EXPECT_EQ(listed.data()[0]["phone_number"], mine);
  EXPECT_EQ(get(path, key).body["meta"]["per_page"], 50);
  const auto rows = get("/v1/messaging/numbers", key).data();
  EXPECT_EQ(rows[0]["campaign_id"], id);
  EXPECT_NE(rows[0]["brand_id"], Json());
  EXPECT_EQ(rows[0]["messaging_status"], "pending");
  decide(id, "approved");
  EXPECT_EQ(get("/v1/messaging/numbers", key).data()[0]["messaging_status"], "active");

  const auto third = number(customer);
  const auto removed = ask("DELETE", path, key, {{"phone_numbers", Json::array({mine, third, theirs})}});
  ASSERT_EQ(removed.status, 200u) << removed.text;
  EXPECT_EQ(removed.body["removed"], Json::array({mine}));
  EXPECT_EQ(removed.body["failed"], Json::array({{{"phone_number", third}, {"reason", "not_found"}},
                                                 {{"phone_number", theirs}, {"reason", "not_owned"}}}));
  EXPECT_EQ(get(path, key).body["meta"]["total"], 1);
  EXPECT_EQ(ask("POST", path, key, Json::object()).code(), "INVALID_PAYLOAD");
  EXPECT_EQ(ask("POST", path, other_key, {{"phone_numbers", Json::array({theirs})}}).code(), "NOT_FOUND");
  const auto by_boss = ask("POST", path, boss, {{"phone_numbers", Json::array({theirs, third})}});
  EXPECT_EQ(by_boss.body["assigned"], Json::array({third})) << "an operator attaches no stranger's number";
}

TEST_F(ApiCampaigns, ADeletedBrandTakesItsCampaignsOutOfForce) {
  const auto id = campaign(key);
  decide(id, "approved");
  const auto owner = get(kCampaigns + ("/" + id), key).data()["brand_id"].get<std::string>();
  EXPECT_EQ(ask("DELETE", kBrands + ("/" + owner), other_key).code(), "NOT_FOUND");
  EXPECT_EQ(ask("DELETE", kBrands + ("/" + owner), key).status, 204u);
  const auto left = get(kCampaigns, key).data()[0];
  EXPECT_EQ(left["status"], "expired");
  EXPECT_EQ(left["brand_id"], Json());
}

TEST_F(ApiCampaigns, ATestKeyRegistersWhatNobodyPaysFor) {
  const auto reply = ask("POST", "/v1/customers/" + customer + "/api-keys", boss,
                         {{"name", "test"}, {"scopes", Json::array({"messaging:write"})}, {"test", true}});
  ASSERT_EQ(reply.status, 201u) << reply.text;
  EXPECT_EQ(ask("POST", kBrands, reply.data()["key"].get<std::string>(), brand_body()).status, 201u);
  EXPECT_EQ(registry().asked().back(), "create_brand mock");
}

TEST_F(ApiCampaigns, OperatorsSayForWhom) {
  EXPECT_EQ(ask("POST", kBrands, boss, brand_body()).code(), "MISSING_PARAM");
  const auto made = ask("POST", kBrands + ("?customer_id=" + customer), boss, brand_body());
  ASSERT_EQ(made.status, 201u) << made.text;
  EXPECT_EQ(get(kBrands + ("/" + made.id()), key).status, 200u);
}

TEST_F(ApiCampaigns, ScopesAreNeeded) {
  const auto reader = key_of(customer, {"messaging:read"});
  EXPECT_EQ(ask("POST", kBrands, reader, brand_body()).code(), "FORBIDDEN");
  EXPECT_EQ(get(kBrands, reader).status, 200u);
}

// The same database, and the registry as the poll and the events of TCR see it.
class CampaignSyncing : public ApiCampaigns {
 protected:
  CampaignSyncing() : pool_(Postgres::instance().conninfo(Postgres::instance().migrated_database())) {
    registry().call_itself("tcr");
  }
  ~CampaignSyncing() override { registry().reset(); }

  static integrations::CampaignSyncSettings settings() {
    integrations::CampaignSyncSettings settings;
    settings.interval = std::chrono::seconds(3600);
    settings.at_once = 10'000;
    settings.webhook_url = "https://h/callbacks/tcr";
    settings.webhook_secret = "s";
    return settings;
  }
  // Until nothing is to be done.
  void sync(std::string event = {}) {
    integrations::CampaignSync sync(registry(), pool_.pool, pool_.control.executor(), settings(), pool_.log,
                                    pool_.metrics);
    if (!event.empty()) {
      http::Request request;
      request.body = event;
      request.headers.set("X-Registry-Signature",
                          integrations::sign_event(settings().webhook_url, event, "s"));
      EXPECT_EQ(pool_.run(sync.receive(std::move(request))).status, 204u);
    }
    EXPECT_TRUE(pool_.run(sync.once()));
  }
  std::string said_about(const std::string& id, domain::CampaignStatus status, std::string reason = {}) {
    domain::RegisteredCampaign said;
    said.id = sql("SELECT tcr_campaign_id FROM sms.campaigns WHERE id = '" + id + "'");
    said.status = status;
    said.rejection_reason = std::move(reason);
    registry().put(said);
    return said.id;
  }
  std::string status_of(const std::string& id) {
    return sql("SELECT status || ' ' || rejection_reason FROM sms.campaigns WHERE id = '" + id + "'");
  }

  TestPool pool_;
};

TEST_F(CampaignSyncing, APollBringsTheDecision) {
  const auto id = campaign(key);
  said_about(id, domain::CampaignStatus::Rejected, "no opt-in");
  sync();
  EXPECT_EQ(status_of(id), "rejected no opt-in");
  said_about(id, domain::CampaignStatus::Approved);
  sync();
  EXPECT_EQ(status_of(id), "rejected no opt-in") << "it was asked a moment ago";
}

TEST_F(CampaignSyncing, AnEventIsFollowedAtOnceByWhatTheRegistrySays) {
  const auto id = campaign(key);
  said_about(id, domain::CampaignStatus::Pending);
  sync();
  const auto name = said_about(id, domain::CampaignStatus::Suspended);
  sync(R"({"eventType":"MNO_CAMPAIGN_OPERATION_SUSPENDED","campaignId":")" + name +
       R"(","description":"complaints"})");
  EXPECT_EQ(status_of(id), "suspended complaints");
}

TEST_F(CampaignSyncing, WhatTheRegistryNoLongerKnowsExpires) {
  const auto id = campaign(key);
  registry().fail({Kind::NotFound, "gone", {}, ""});
  sync();
  EXPECT_EQ(status_of(id), "expired The Campaign Registry no longer knows it.");
}

TEST_F(CampaignSyncing, UnsignedEventsAreRefused) {
  integrations::CampaignSync sync(registry(), pool_.pool, pool_.control.executor(), settings(), pool_.log,
                                  pool_.metrics);
  http::Request request;
  request.body = R"({"eventType":"CAMPAIGN_EXPIRED","campaignId":"C1"})";
  request.headers.set("X-Registry-Signature", "AAAA");
  EXPECT_EQ(pool_.run(sync.receive(std::move(request))).status, 401u);
}

TEST_F(CampaignSyncing, WhatIsAwayIsAskedAgain) {
  const auto id = campaign(key);
  registry().fail({Kind::Unavailable, "away", {}, ""});
  integrations::CampaignSync sync_now(registry(), pool_.pool, pool_.control.executor(), settings(), pool_.log,
                                      pool_.metrics);
  EXPECT_TRUE(pool_.run(sync_now.once()));
  EXPECT_EQ(status_of(id), "pending ");
  registry().reset();
  registry().call_itself("tcr");
  said_about(id, domain::CampaignStatus::Approved);
  sync();
  EXPECT_EQ(status_of(id), "approved ");
}

}  // namespace
}  // namespace warp::test
