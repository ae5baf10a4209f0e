#include "integration/api_fixture.h"

namespace warp::test {
namespace {

using api::Json;

class ApiNumberData : public ApiFixture {
 protected:
  ApiReply upload(const std::string& path, const std::string& text) {
    return send("POST", "/v1/number-data/" + path, boss, text, "text/csv");
  }
  Json set(const std::string& name) {
    const auto sets = get("/v1/number-data", boss);
    for (const auto& item : sets.data())
      if (item["name"] == name) return item;
    ADD_FAILURE() << name;
    return {};
  }
  static constexpr const char* kBlocks =
      "npa,nxx,block,state,lata,ocn,rc\n212,555,A,NY,132,9102,NWYRCYZN01\n716,555,A,NY,140,9104,BUFFALO\n"
      "415,555,A,CA,722,9740,SNFCCNTRL\n";
};

TEST_F(ApiNumberData, AFileBecomesTheSetAndSaysWhatItIs) {
  const auto before = set("blocks")["version"].get<std::uint64_t>();
  const auto dry = upload("blocks?dry_run=true", kBlocks);
  ASSERT_EQ(dry.status, 200u) << dry.text;
  EXPECT_EQ(dry.data()["lines"], 3);
  EXPECT_EQ(dry.data()["set"], Json());
  EXPECT_EQ(set("blocks")["version"], before);
  const auto done = upload("blocks?source=by+hand&synthetic=true", kBlocks);
  ASSERT_EQ(done.status, 200u) << done.text;
  EXPECT_EQ(done.data()["set"]["version"], before + 1);
  EXPECT_EQ(done.data()["set"]["synthetic"], true);
  EXPECT_EQ(set("blocks")["source"], "by hand");
  EXPECT_NE(get("/v1/number-data", boss).text.find("synthetic: it is made up"), std::string::npos);
}

TEST_F(ApiNumberData, ABadLineRefusesTheFileWithLineAndCure) {
  const auto before = set("blocks")["version"];
  const auto refused = upload("blocks", "npa,nxx,state\n212,555,NY\n112,555,NY\n");
  EXPECT_EQ(refused.status, 400u) << refused.text;
  EXPECT_EQ(refused.code(), "INVALID_IMPORT");
  const auto& error = refused.body["error"]["details"]["errors"][0];
  EXPECT_EQ(error["line"], 3);
  EXPECT_EQ(error["column"], "npa");
  EXPECT_EQ(error["cure"], "write 200 to 999");
  EXPECT_EQ(set("blocks")["version"], before);
}

TEST_F(ApiNumberData, CountriesAndLocalAreas) {
  EXPECT_EQ(upload("countries", "prefix,country,kind\n44,GB,\n447,GB,MOBILE\n").status, 200u);
  EXPECT_EQ(upload("local-areas", "rate_centre,also\nDC/WASHINGTON,VA/ARLINGTON\n").status, 200u);
  EXPECT_EQ(set("countries")["rows"], 2);
}

TEST_F(ApiNumberData, JurisdictionOfTwoNumbers) {
  ASSERT_EQ(upload("blocks", kBlocks).status, 200u);
  const auto plain = get("/v1/lookups/jurisdiction?from=2125550100&to=7165550100", boss);
  ASSERT_EQ(plain.status, 200u) << plain.text;
  EXPECT_EQ(plain.data()["jurisdiction"], "INTRASTATE");
  EXPECT_EQ(plain.data()["to"]["rate_centre"], "BUFFALO");
  const auto moved = get("/v1/lookups/jurisdiction?from=2125550100&to=7165550100&to_lrn=4155550000", boss);
  EXPECT_EQ(moved.data()["jurisdiction"], "INTERSTATE");
  const auto blind = get("/v1/lookups/jurisdiction?to=7165550100", boss);
  EXPECT_EQ(blind.data()["jurisdiction"], "UNKNOWN");
  EXPECT_EQ(blind.data()["note"], "ANI unusable");
}

TEST_F(ApiNumberData, FetchingIsAJob) {
  const auto begun = ask("POST", "/v1/number-data/sync", boss);
  ASSERT_EQ(begun.status, 202u) << begun.text;
  EXPECT_EQ(begun.data()["kind"], "number_sync");
  EXPECT_EQ(begun.data()["state"], "waiting");
}

TEST_F(ApiNumberData, IsForOperatorsAlone) {
  EXPECT_EQ(get("/v1/number-data", key).status, 403u);
  EXPECT_EQ(get("/v1/lookups/jurisdiction?to=7165550100", key).status, 403u);
  EXPECT_EQ(send("POST", "/v1/number-data/blocks", key, kBlocks, "text/csv").status, 403u);
}

TEST_F(ApiNumberData, OperatorsSayWhatATrunkLooksUp) {
  const auto made = ask("POST", "/v1/trunks", key, {{"name", unique("trunk")}, {"auth_type", "IP_ACL"}});
  ASSERT_EQ(made.status, 201u) << made.text;
  EXPECT_EQ(made.data()["lookups"], Json::array());
  EXPECT_EQ(made.data()["lookup_absent"], "CONTINUE");
  const auto path = "/v1/trunks/" + made.id();
  const Json wanted = {{"lookups", {"dni_lrn", "cnam"}}, {"lookup_absent", "REFUSE"}};
  EXPECT_EQ(ask("PATCH", path, key, wanted).status, 403u) << "a dip costs the operator";
  const auto changed = ask("PATCH", path + "?customer_id=" + customer, boss, wanted);
  ASSERT_EQ(changed.status, 200u) << changed.text;
  EXPECT_EQ(changed.data()["lookups"], Json({"dni_lrn", "cnam"}));
  EXPECT_EQ(get(path, key).data()["lookup_absent"], "REFUSE");
  EXPECT_EQ(ask("PATCH", path, key, {{"description", "d"}}).data()["lookups"].size(), 2u);
  EXPECT_EQ(ask("PATCH", path + "?customer_id=" + customer, boss, {{"lookups", {"everything"}}}).status,
            400u);
}

}  // namespace
}  // namespace warp::test
