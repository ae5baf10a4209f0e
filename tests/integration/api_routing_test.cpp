#include "warp/store/catalogue_repository.h"

#include "integration/api_fixture.h"

namespace warp::test {
namespace {

using api::Json;
class ApiRouting : public ApiFixture {
 protected:
  std::string plan(const std::string& kind = "CUSTOMER") {
    return create("/v1/rate-plans", {{"name", unique("plan")}, {"kind", kind}, {"currency", "USD"}});
  }
  std::string partition() { return create("/v1/partitions", {{"name", unique("partition")}}); }
  std::string provider(Json more = Json::object()) {
    more["name"] = unique("provider");
    return create("/v1/providers", more);
  }
  ApiReply import(const std::string& id, const std::string& csv, const std::string& query = "") {
    return send("POST", "/v1/rate-plans/" + id + "/rates" + query, boss, csv, "text/csv");
  }
};

TEST_F(ApiRouting, ProvidersAreCreatedReadChangedAndDeleted) {
  const auto vendor = plan("VENDOR");
  const auto id = provider({{"rate_plan_id", vendor}, {"cps", 10}, {"strip_digits", "+1"}});
  const auto path = "/v1/providers/" + id;
  EXPECT_EQ(get(path, boss).data()["cps"], 10);
  EXPECT_EQ(get(path, boss).data()["channels"], Json());
  const auto changed =
      ask("PATCH", path, boss, {{"cps", nullptr}, {"enabled", false}, {"rate_plan_id", nullptr}});
  EXPECT_EQ(changed.data()["cps"], Json());
  EXPECT_EQ(changed.data()["enabled"], false);
  EXPECT_EQ(changed.data()["rate_plan_id"], Json());
  EXPECT_EQ(changed.data()["strip_digits"], "+1");
  EXPECT_EQ(ask("PATCH", path, boss, {{"add_digits", "12a"}}).code(), "INVALID_PAYLOAD");
  EXPECT_EQ(ask("PATCH", path, boss, {{"rate_plan_id", kNobody}}).code(), "CONFLICT");
  EXPECT_GE(get("/v1/providers?per_page=1", boss).body["meta"]["total"], 1);
  EXPECT_EQ(ask("DELETE", path, boss).status, 204u);
  EXPECT_EQ(ask("DELETE", path, boss).code(), "NOT_FOUND");
}

TEST_F(ApiRouting, ProvidersHaveEndpointsAndAddresses) {
  const auto path = "/v1/providers/" + provider();
  const auto made = ask("POST", path + "/endpoints", boss, {{"host", "127.0.0.9"}, {"port", 5099}});
  ASSERT_EQ(made.status, 201u) << made.text;
  const auto one = path + "/endpoints/" + made.data()["id"].dump();
  EXPECT_EQ(get(one, boss).data()["host"], "127.0.0.9");
  EXPECT_EQ(ask("POST", path + "/endpoints", boss, {{"host", "127.0.0.9"}, {"port", 5099}}).code(),
            "CONFLICT");
  EXPECT_EQ(ask("PATCH", one, boss, {{"weight", 7}}).data()["weight"], 7);
  EXPECT_EQ(get(path + "/endpoints", boss).data().size(), 1u);
  EXPECT_EQ(ask("DELETE", one, boss).status, 204u);
  EXPECT_EQ(get(one, boss).code(), "NOT_FOUND");

  const auto added = ask("POST", path + "/addresses", boss, {{"cidr", "198.19.7.0/24"}});
  ASSERT_EQ(added.status, 201u) << added.text;
  EXPECT_EQ(get(path + "/addresses", boss).data()[0]["cidr"], "198.19.7.0/24");
  EXPECT_EQ(ask("POST", path + "/addresses", boss, {{"cidr", "198.19.7.0/24"}}).code(), "CONFLICT");
  EXPECT_EQ(ask("POST", path + "/addresses", boss, {{"cidr", "nowhere"}}).code(), "INVALID_PAYLOAD");
  EXPECT_EQ(ask("DELETE", path + "/addresses/" + added.id(), boss).status, 204u);
  EXPECT_EQ(ask("DELETE", path + "/addresses/" + added.id(), boss).code(), "NOT_FOUND");
  EXPECT_EQ(ask("POST", std::string("/v1/providers/") + kNobody + "/endpoints", boss, {{"host", "192.0.2.1"}})
                .code(),
            "NOT_FOUND");
  EXPECT_EQ(get(std::string("/v1/providers/") + kNobody + "/addresses", boss).code(), "NOT_FOUND");
}

TEST_F(ApiRouting, PartitionsAndRoutes) {
  const auto where = partition();
  const auto carrier = provider();
  const auto id =
      create("/v1/routes", {{"partition_id", where}, {"provider_id", carrier}, {"prefix", "1212"}});
  const auto path = "/v1/routes/" + id;
  EXPECT_EQ(get(path, boss).data()["priority"], 100);
  EXPECT_EQ(ask("PUT", path, boss, {{"priority", 5}, {"prefix", ""}}).data()["prefix"], "");
  EXPECT_EQ(ask("PUT", path, boss, {{"prefix", "+1"}}).code(), "INVALID_PAYLOAD");
  EXPECT_EQ(ask("PUT", path, boss, {{"provider_id", carrier}}).code(), "INVALID_PAYLOAD")
      << "a route's ends are fixed";
  EXPECT_EQ(get("/v1/routes?partition_id=" + where, boss).data().size(), 1u);
  EXPECT_EQ(ask("POST", "/v1/routes", boss, {{"partition_id", where}, {"provider_id", kNobody}}).code(),
            "CONFLICT");
  EXPECT_EQ(ask("DELETE", "/v1/providers/" + carrier, boss).code(), "CONFLICT") << "a route names it";
  EXPECT_EQ(ask("PATCH", "/v1/partitions/" + where, boss, {{"max_attempts", 2}}).data()["max_attempts"], 2);
  EXPECT_EQ(ask("PATCH", "/v1/partitions/" + where, boss, {{"max_attempts", 0}}).code(), "INVALID_PAYLOAD");
  EXPECT_EQ(ask("DELETE", path, boss).status, 204u);
  EXPECT_EQ(ask("DELETE", path, boss).code(), "NOT_FOUND");
  EXPECT_EQ(ask("DELETE", "/v1/partitions/" + where, boss).status, 204u);
  EXPECT_EQ(get("/v1/partitions/" + where, boss).code(), "NOT_FOUND");
}

TEST_F(ApiRouting, DecksAreImportedWhole) {
  const auto id = plan();
  const auto version = get("/v1/rate-plans/" + id, boss).data()["version"].get<int>();
  const auto done =
      import(id, "prefix,per_minute,setup_fee\n1,0.01,0\n1212,0.0095,0.001\n44,0.000000001,0\n");
  ASSERT_EQ(done.status, 200u) << done.text;
  EXPECT_EQ(done.data()["lines"], 3);
  EXPECT_GT(done.data()["rate_plan"]["version"].get<int>(), version);
  const auto path = "/v1/rate-plans/" + id + "/rates";
  const auto rates = get(path + "?per_page=2", boss);
  EXPECT_EQ(rates.body["meta"]["total"], 3);
  EXPECT_EQ(rates.data()[1]["prefix"], "1212");
  EXPECT_NE(rates.text.find("\"per_minute\":0.0095"), std::string::npos);
  EXPECT_NE(get(path + "?prefix=44", boss).text.find("\"per_minute\":0.000000001"), std::string::npos);
  EXPECT_EQ(import(id, "prefix,per_minute\n1,0.02\n").data()["lines"], 1);
  EXPECT_EQ(get(path, boss).body["meta"]["total"], 1) << "a deck replaces the one before";
  EXPECT_EQ(ask("POST", "/v1/rate-plans/" + id + "/rollback", boss).status, 200u);
  EXPECT_EQ(get(path, boss).body["meta"]["total"], 3);
}

TEST_F(ApiRouting, BadDecksChangeNothingAndNameTheirLines) {
  const auto id = plan();
  import(id, "prefix,per_minute\n1,0.01\n");
  const auto refused = import(id, "prefix,per_minute\n1,0.01\n1a,0.02\n44,\"0,01\"\n");
  EXPECT_EQ(refused.status, 400u);
  EXPECT_EQ(refused.code(), "INVALID_IMPORT");
  const auto& details = refused.body["error"]["details"];
  EXPECT_EQ(details["total"], 2);
  EXPECT_EQ(details["errors"][0]["line"], 3);
  EXPECT_EQ(details["errors"][0]["column"], "prefix");
  EXPECT_EQ(details["errors"][1]["line"], 4);
  EXPECT_EQ(import(id, "").code(), "INVALID_IMPORT");
  EXPECT_EQ(get("/v1/rate-plans/" + id + "/rates", boss).body["meta"]["total"], 1);
  EXPECT_EQ(send("POST", "/v1/rate-plans/" + id + "/rates", boss, "{}", "application/json").code(),
            "UNSUPPORTED_MEDIA_TYPE");
  EXPECT_EQ(import(kNobody, "prefix,per_minute\n1,0.01\n").code(), "NOT_FOUND");
}

TEST_F(ApiRouting, DryRunsChangeNothing) {
  const auto id = plan();
  const auto done = import(id, "prefix,per_minute\n1,0.01\n", "?dry_run=true");
  EXPECT_EQ(done.data()["dry_run"], true);
  EXPECT_EQ(done.data()["lines"], 1);
  EXPECT_EQ(get("/v1/rate-plans/" + id + "/rates", boss).body["meta"]["total"], 0);
  EXPECT_EQ(import(id, "prefix\n1\n", "?dry_run=true").code(), "INVALID_IMPORT");
}

TEST_F(ApiRouting, BigDecksComeInPieces) {
  const auto id = plan();
  std::string csv = "prefix,per_minute\n";
  for (int i = 1'000'000; i < 1'060'000; ++i)
    csv += std::to_string(i) + ",0.0123\n";
  EXPECT_EQ(import(id, csv).data()["lines"], 60'000);
}

TEST_F(ApiRouting, RatePlansAreCreatedReadChangedAndDeleted) {
  const auto id = plan("VENDOR");
  const auto path = "/v1/rate-plans/" + id;
  EXPECT_EQ(get(path, boss).data()["kind"], "VENDOR");
  EXPECT_EQ(ask("PATCH", path, boss, {{"rounding", "UP"}, {"decimals", 4}}).data()["rounding"], "UP");
  EXPECT_EQ(ask("PATCH", path, boss, {{"decimals", 10}}).code(), "INVALID_PAYLOAD");
  const auto user = provider({{"rate_plan_id", id}});
  EXPECT_EQ(ask("DELETE", path, boss).code(), "CONFLICT");
  ask("DELETE", "/v1/providers/" + user, boss);
  EXPECT_EQ(ask("DELETE", path, boss).status, 204u);
  EXPECT_EQ(ask("DELETE", path, boss).code(), "NOT_FOUND");
}

TEST_F(ApiRouting, ExplainsWhereACallWouldGo) {
  const auto price = plan();
  import(price, "prefix,per_minute\n1,0.02\n");
  const auto cheap = plan("VENDOR"), dear = plan("VENDOR");
  import(cheap, "prefix,per_minute\n1,0.005\n");
  import(dear, "prefix,per_minute\n1,0.5\n");
  const auto where = partition();
  const auto good = provider({{"rate_plan_id", cheap}}), bad = provider({{"rate_plan_id", dear}});
  for (const auto& id : {good, bad}) {
    ask("POST", "/v1/providers/" + id + "/endpoints", boss, {{"host", "192.0.2.50"}});
    create("/v1/routes", {{"partition_id", where}, {"provider_id", id}, {"prefix", "1"}});
  }
  ask("PATCH", "/v1/customers/" + customer, boss, {{"partition_id", where}});
  ask("POST", "/v1/customers/" + customer + "/contracts", boss, {{"rate_plan_id", price}});
  const auto trunk = create("/v1/trunks?customer_id=" + customer, {{"name", "t"}, {"auth_type", "IP_ACL"}});
  const auto tn = unique_tn();
  create("/v1/numbers", {{"tn", tn}, {"customer_id", customer}, {"trunk_id", trunk}});
  server_.reload();

  EXPECT_EQ(get("/v1/routing/explain?from=" + tn + "&to=12125550199", boss).data()["reason"],
            "NORMAL_CLEARING")
      << "a number of ours calls by its trunk";
  const auto path = "/v1/routing/explain?trunk_id=" + trunk;
  const auto told = get(path + "&from=2125550100&to=%2B12125550199", boss);
  ASSERT_EQ(told.status, 200u) << told.text;
  EXPECT_EQ(told.data()["reason"], "NORMAL_CLEARING");
  EXPECT_EQ(told.data()["to"], "12125550199");
  ASSERT_EQ(told.data()["candidates"].size(), 1u);
  EXPECT_EQ(told.data()["candidates"][0]["provider_id"], good);
  EXPECT_NE(told.text.find("\"per_minute\":0.02"), std::string::npos);
  EXPECT_EQ(told.data()["rejections"][0]["reason"], "MARGIN_TOO_LOW");
  EXPECT_FALSE(told.data()["trace"].empty());
  EXPECT_EQ(get(path + "&from=2125550100&to=442079460000", boss).data()["reason"], "DESTINATION_UNRATED");
  EXPECT_EQ(get(path + "&to=442079460000", boss).code(), "MISSING_PARAM");
  EXPECT_EQ(get(path + "&to=x", boss).code(), "INVALID_PARAM");
  EXPECT_EQ(get(path, boss).code(), "MISSING_PARAM");
  EXPECT_EQ(get("/v1/routing/explain?to=12125550199", boss).code(), "MISSING_PARAM");
  EXPECT_EQ(get(std::string("/v1/routing/explain?to=12125550199&trunk_id=") + kNobody, boss).code(),
            "NOT_FOUND");
  EXPECT_EQ(get(path + "&to=12125550199", key).code(), "FORBIDDEN");
}

TEST_F(ApiRouting, RoutesHaveConditions) {
  const auto where = partition();
  const auto carrier = provider();
  Json wanted{{"partition_id", where}, {"prefix", "1900"}};
  EXPECT_EQ(ask("POST", "/v1/routes", boss, wanted).code(), "VALIDATION_ERROR");
  wanted["action"] = "BLOCK";
  const auto id = create("/v1/routes", wanted);
  const auto path = "/v1/routes/" + id;
  EXPECT_EQ(get(path, boss).data()["provider_id"], Json());
  EXPECT_EQ(get(path, boss).data()["jurisdictions"].size(), 7u);
  const auto changed =
      ask("PUT", path, boss,
          {{"jurisdictions", {"INTERSTATE", "LOCAL"}}, {"ani_prefix", "1202"}, {"percent", 30}});
  ASSERT_EQ(changed.status, 200u) << changed.text;
  EXPECT_EQ(changed.data()["jurisdictions"], Json({"LOCAL", "INTERSTATE"}));
  EXPECT_EQ(changed.data()["ani_prefix"], "1202");
  EXPECT_EQ(ask("PUT", path, boss, {{"percent", nullptr}}).data()["percent"], Json());
  EXPECT_EQ(ask("PUT", path, boss, {{"action", "MAYBE"}}).code(), "INVALID_PAYLOAD");
  EXPECT_EQ(ask("PUT", path, boss, {{"percent", 101}}).code(), "INVALID_PAYLOAD");
}

TEST_F(ApiRouting, PartitionsHaveAnOrder) {
  const auto path = "/v1/partitions/" + partition();
  EXPECT_EQ(get(path, boss).data()["route_order"], "COST");
  const auto changed =
      ask("PUT", path, boss,
          {{"route_order", "QUALITY"},
           {"minimum_margin", "0.0015"},
           {"quality", {{"min_asr_e9", 400'000'000}, {"weight", {{"asr", 2}, {"pdd", 1}}}}}});
  ASSERT_EQ(changed.status, 200u) << changed.text;
  EXPECT_EQ(changed.data()["route_order"], "QUALITY");
  EXPECT_EQ(changed.data()["quality"]["weight"]["pdd"], 1);
  EXPECT_NE(changed.text.find("\"minimum_margin\":0.0015"), std::string::npos);
  EXPECT_EQ(ask("PUT", path, boss, {{"quality", {{"min_luck", 1}}}}).code(), "INVALID_PAYLOAD");
  EXPECT_EQ(get(path, boss).data()["quality"]["min_asr_e9"], 400'000'000);
}

TEST_F(ApiRouting, ListsOfNumbers) {
  const auto where = partition();
  const auto path = "/v1/number-lists/" + create("/v1/number-lists", {{"name", unique("list")}});
  EXPECT_EQ(
      ask("POST", path + "/entries", boss, {{"add", {"1900", "44"}}, {"remove", {"44"}}}).data()["entries"],
      1);
  EXPECT_EQ(get(path + "/entries", boss).data()[0]["prefix"], "1900");
  EXPECT_EQ(ask("POST", path + "/entries", boss, {{"add", {"+1"}}}).code(), "INVALID_PAYLOAD");
  const auto use = ask("POST", path + "/uses", boss, {{"owner_id", where}, {"subject", "calling"}});
  ASSERT_EQ(use.status, 201u) << use.text;
  EXPECT_EQ(get(path + "/uses", boss).data()[0]["owner_id"], where);
  EXPECT_EQ(ask("POST", path + "/uses", boss, {{"owner_id", kNobody}, {"subject", "calling"}}).code(),
            "NOT_FOUND");
  EXPECT_EQ(ask("DELETE", path + "/uses?subject=calling&owner_id=" + where, boss).status, 204u);
  EXPECT_EQ(ask("DELETE", path, boss).status, 204u);
}

TEST_F(ApiRouting, SimulationsAreJobs) {
  EXPECT_EQ(ask("POST", "/v1/routing/simulate", boss, Json::object()).code(), "VALIDATION_ERROR");
  EXPECT_EQ(ask("POST", "/v1/routing/simulate", boss, {{"minimum_margin", "0.01"}}).code(),
            "VALIDATION_ERROR");
  const auto made =
      ask("POST", "/v1/routing/simulate", boss, {{"minimum_margin", "0.01"}, {"partition_id", partition()}});
  ASSERT_EQ(made.status, 202u) << made.text;
  EXPECT_FALSE(made.data()["from"].get<std::string>().empty());
  EXPECT_EQ(ask("POST", "/v1/routing/simulate", boss,
                {{"minimum_margin", "0.01"},
                 {"partition_id", kNobody},
                 {"from", "2025-01-01T00:00:00Z"},
                 {"to", "2025-03-01T00:00:00Z"}})
                .code(),
            "VALIDATION_ERROR");
}

}  // namespace
}  // namespace warp::test
