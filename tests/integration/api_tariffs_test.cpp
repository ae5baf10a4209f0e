// Schedules, rates of exchange, terms of plans, decks out and in again, clones, mappings.
#include "integration/api_fixture.h"

namespace warp::test {
namespace {

using api::Json;

class ApiTariffs : public ApiFixture {
 protected:
  std::string plan() {
    return create("/v1/rate-plans", {{"name", unique("plan")}, {"kind", "CUSTOMER"}, {"currency", "USD"}});
  }
  ApiReply import(const std::string& id, const std::string& csv) {
    return send("POST", "/v1/rate-plans/" + id + "/rates", boss, csv, "text/csv");
  }
  Json schedule(const std::string& name) {
    return {{"name", name},
            {"zone", "America/New_York"},
            {"windows", Json::array({{{"weekdays", {1, 2, 3, 4, 5}}, {"from", "08:00"}, {"to", "20:00"}},
                                     {{"from", "22:00"}, {"to", "24:00"}}})},
            {"holidays", {"2025-12-25"}}};
  }
};

TEST_F(ApiTariffs, SchedulesAreMadeReplacedAndDeleted) {
  const auto made = ask("POST", "/v1/rate-schedules", boss, schedule(unique("peak")));
  ASSERT_EQ(made.status, 201u) << made.text;
  const auto path = "/v1/rate-schedules/" + made.data()["id"].dump();
  EXPECT_EQ(get(path, boss).data()["windows"][0]["weekdays"], Json({1, 2, 3, 4, 5}));
  EXPECT_EQ(get(path, boss).data()["windows"][1]["to"], "24:00");
  auto other = schedule(made.data()["name"].get<std::string>());
  other["zone"] = "Europe/Berlin";
  EXPECT_EQ(ask("PUT", path, boss, other).data()["zone"], "Europe/Berlin");
  other["zone"] = "Europe/Atlantis";
  EXPECT_EQ(ask("PUT", path, boss, other).code(), "VALIDATION_ERROR");
  auto bad = schedule(unique("bad"));
  bad["windows"][0]["from"] = "8 am";
  EXPECT_EQ(ask("POST", "/v1/rate-schedules", boss, bad).code(), "INVALID_PAYLOAD");
  const auto plan = this->plan();
  ASSERT_EQ(import(plan, "prefix,per_minute,schedule\n1,0.01,#" + made.data()["id"].dump() + "\n").status,
            200u);
  EXPECT_EQ(ask("DELETE", path, boss).code(), "CONFLICT") << "a line has it";
  ASSERT_EQ(import(plan, "prefix,per_minute\n1,0.01\n").status, 200u);
  EXPECT_EQ(get(path, key).status, 403u);
}

TEST_F(ApiTariffs, RatesOfExchangeHaveTwelveDecimalsAndNoPast) {
  Json body{
      {"from", "JPY"}, {"to", "CHF"}, {"rate", "0.006712345678"}, {"effective_from", "2090-01-01T00:00:00Z"}};
  const auto made = ask("POST", "/v1/fx-rates", boss, body);
  ASSERT_EQ(made.status, 201u) << made.text;
  EXPECT_EQ(made.data()["rate"], "0.006712345678");
  EXPECT_EQ(ask("POST", "/v1/fx-rates", boss, body).code(), "CONFLICT");
  body["effective_from"] = "2020-01-01T00:00:00Z";
  EXPECT_EQ(ask("POST", "/v1/fx-rates", boss, body).code(), "VALIDATION_ERROR");
  for (const auto* rate : {"0", "-1", "1.0000000000001", "1e3", "", "9999999999"}) {
    body["rate"] = rate;
    EXPECT_EQ(ask("POST", "/v1/fx-rates", boss, body).code(), "INVALID_PAYLOAD") << rate;
  }
  const std::string one = "/v1/fx-rates?from=JPY&to=CHF&effective_from=2090-01-01T00:00:00Z";
  EXPECT_EQ(ask("DELETE", one, boss).status, 204u);
  EXPECT_EQ(ask("DELETE", one, boss).code(), "NOT_FOUND");
}

TEST_F(ApiTariffs, PlansSayHowCallsFindTheirLines) {
  const auto id = plan();
  const auto path = "/v1/rate-plans/" + id;
  EXPECT_EQ(get(path, boss).data()["unknown_as"], "INTERSTATE");
  const auto changed = ask("PATCH", path, boss,
                           {{"unknown_as", nullptr},
                            {"match_lrn", true},
                            {"toll_free_by", "ORIGIN"},
                            {"minimum_margin", "0.0005"},
                            {"minimum_margin_percent", "2.5"}});
  ASSERT_EQ(changed.status, 200u) << changed.text;
  EXPECT_EQ(changed.data()["unknown_as"], Json());
  EXPECT_EQ(changed.data()["toll_free_by"], "ORIGIN");
  EXPECT_NE(changed.text.find("\"minimum_margin_percent\":2.5"), std::string::npos) << changed.text;
  EXPECT_EQ(ask("PATCH", path, boss, {{"description", "x"}}).data()["match_lrn"], true);
  EXPECT_EQ(ask("PATCH", path, boss, {{"minimum_margin_percent", "101"}}).code(), "VALIDATION_ERROR");
}

TEST_F(ApiTariffs, ADeckGoesOutAsItComesIn) {
  const auto id = plan();
  const std::string csv =
      "prefix,per_minute_interstate,per_minute_intrastate,attempt_fee,free_seconds,effective_from\n"
      "1212,0.0042,0.011,0.001,6,2025-01-01\n1646,0.005,0.005,0,0,2025-01-01T00:00:00.000001Z\n";
  ASSERT_EQ(import(id, csv).status, 200u);
  const auto out = get("/v1/rate-plans/" + id + "/rates.csv", boss);
  ASSERT_EQ(out.status, 200u);
  EXPECT_NE(out.text.find("1212,"), std::string::npos);
  ASSERT_EQ(import(id, out.text).status, 200u);
  EXPECT_EQ(get("/v1/rate-plans/" + id + "/rates.csv", boss).text, out.text);
  EXPECT_EQ(get("/v1/rate-plans/" + id + "/rates", boss).body["meta"]["total"], 3);
}

TEST_F(ApiTariffs, ClonesAreMarkedUpAndRoundedOnce) {
  const auto id = plan();
  ASSERT_EQ(import(id, "prefix,per_minute,setup_fee\n1,0.000000015,0.01\n").status, 200u);
  const auto path = "/v1/rate-plans/" + id + "/clone";
  const auto made = ask("POST", path, boss,
                        {{"name", unique("clone")}, {"markup_percent", "10"}, {"rounding", "HALF_EVEN"}});
  ASSERT_EQ(made.status, 201u) << made.text;
  EXPECT_EQ(made.data()["cloned_from"], id);
  const auto rates = get("/v1/rate-plans/" + made.id() + "/rates", boss);
  EXPECT_NE(rates.text.find("\"per_minute\":0.000000016"), std::string::npos) << rates.text;
  EXPECT_NE(rates.text.find("\"setup_fee\":0.011"), std::string::npos) << rates.text;
  EXPECT_EQ(ask("POST", path, boss, {{"name", unique("clone")}, {"add_per_minute", "-1"}}).code(),
            "VALIDATION_ERROR");
  EXPECT_EQ(ask("POST", path, boss, {{"name", unique("clone")}, {"markup_percent", "-101"}}).code(),
            "VALIDATION_ERROR");
}

TEST_F(ApiTariffs, MappingsAreCheckedBeforeTheyAreKept) {
  const auto name = unique("carrier");
  const Json mapping{{"columns", {{"prefix", "NPANXX"}, {"per_minute_interstate", 3}}},
                     {"per", "second"},
                     {"date_format", "MM/DD/YYYY"}};
  ASSERT_EQ(ask("PUT", "/v1/deck-mappings", boss, {{"name", name}, {"mapping", mapping}}).status, 200u);
  const std::vector<Json> bad{
      {{"columns", {{"prefix", 0}}}}, {{"per", "hour"}},           {{"decimal", "-"}},
      {{"date_format", "MM/YYYY"}},   {{"separator", "ab"}},       {{"header", false}},
      {{"prefix_before", "+1"}},      {{"colums", Json::object()}}};
  for (const auto& one : bad)
    EXPECT_EQ(ask("PUT", "/v1/deck-mappings", boss, {{"name", name}, {"mapping", one}}).code(),
              "VALIDATION_ERROR")
        << one;
  EXPECT_EQ(ask("DELETE", "/v1/deck-mappings?name=nobody", boss).code(), "NOT_FOUND");
}

TEST_F(ApiTariffs, WithoutAFolderFilesAreNotTaken) {
  const auto id = plan();
  const auto reply =
      send("POST", "/v1/rate-plans/" + id + "/imports", boss, "prefix,per_minute\n1,1\n", "text/csv");
  EXPECT_EQ(reply.code(), "SERVICE_UNAVAILABLE") << reply.text;
  EXPECT_EQ(get("/v1/rate-plans/" + id + "/imports", boss).body["meta"]["total"], 0);
}

}  // namespace
}  // namespace warp::test
