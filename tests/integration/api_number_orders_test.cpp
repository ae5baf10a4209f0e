// Numbers that are searched, bought alone and in bulk, and what that costs.
#include <future>

#include "integration/porting_fixture.h"

namespace warp::test {
namespace {

using api::Json;

class ApiNumberOrders : public PortingFixture {
 protected:
  static std::string order() {
    SecureIdSource ids;
    return ids.uuid7(SystemClock().wall()).to_string();
  }
  ApiReply buy(const std::string& by, Json body, const std::string& id) {
    return hit("POST", "/v1/numbers/bulk-assign", by, std::move(body), "Idempotency-Key: " + id + "\r\n");
  }
  int entries(const std::string& whose) {
    return std::stoi(sql("SELECT count(*) FROM billing.ledger WHERE customer_id = '" + whose + "'"));
  }
};

TEST_F(ApiNumberOrders, TheStockIsSearchedByPlaceAndDigits) {
  const auto tn = for_sale({{"state", "DC"},
                            {"rate_center", "WSHNGTNZN1"},
                            {"locality", "Washington"},
                            {"lata", 236},
                            {"monthly_rate", "1.25"},
                            {"setup_rate", "0.5"}});
  const auto base = "/v1/numbers/search?pattern=" + tn;
  const auto found =
      hit("GET", base + "&state=dc&city=washington&rate_center=wshngtnzn1&npa=212&nxx=555", key);
  ASSERT_EQ(found.status, 200u) << found.text;
  ASSERT_EQ(found.data().size(), 1u) << found.text;
  EXPECT_EQ(found.data()[0]["tn"], tn);
  EXPECT_EQ(found.data()[0]["lata"], 236);
  EXPECT_EQ(found.data()[0]["monthly_rate"].dump(), "1.25");
  EXPECT_EQ(found.body["meta"]["per_page"], 25);
  for (const char* other : {"&state=NY", "&type=tfn", "&npa=303", "&last_4_prefix=00", "&locality=Boston"})
    EXPECT_EQ(hit("GET", base + other, key).data().size(), 0u) << other;
  EXPECT_EQ(hit("GET", "/v1/numbers/search?npa=a12", key).code(), "INVALID_PARAM");
  EXPECT_EQ(hit("POST", "/v1/numbers/" + tn + "/assign", key).status, 200u);
  EXPECT_EQ(hit("GET", base, key).data().size(), 0u) << "sold";
}

TEST_F(ApiNumberOrders, OneNumberIsPaidOnce) {
  const auto tn = for_sale({{"setup_rate", "2.00"}, {"monthly_rate", "1.00"}});
  const auto got = hit("POST", "/v1/numbers/" + tn + "/assign", key, {{"friendly_name", "desk"}});
  ASSERT_EQ(got.status, 200u) << got.text;
  EXPECT_EQ(got.data()["friendly_name"], "desk");
  EXPECT_TRUE(got.data()["assigned_at"].is_string());
  EXPECT_EQ(hit("POST", "/v1/numbers/" + tn + "/assign", key).code(), "TN_ALREADY_ASSIGNED");
  EXPECT_EQ(entries(customer), 1);
  EXPECT_EQ(sql("SELECT amount_nanos FROM billing.ledger WHERE customer_id = '" + customer + "'"),
            "-2000000000");
  EXPECT_EQ(sql("SELECT count(*) FROM billing.recurring WHERE object = '1" + tn + "' AND ends_at IS NULL"),
            "1");
  EXPECT_EQ(hit("POST", "/v1/numbers/" + tn + "/release", key).status, 200u);
  EXPECT_EQ(sql("SELECT count(*) FROM billing.recurring WHERE object = '1" + tn + "' AND ends_at IS NULL"),
            "0")
      << "no rent for what was given back";
}

TEST_F(ApiNumberOrders, ManyNumbersEachByItselfAndTheSameOrderOnce) {
  const auto first = for_sale({{"setup_rate", "1.00"}}), second = for_sale({{"setup_rate", "1.00"}});
  const auto taken = bought(other_key);
  const Json body{{"tns", {first, second, taken, "9995550000"}},
                  {"note", "spring"},
                  {"tn_metadata", {{"friendly_name", "all"}}},
                  {"per_tn_overrides", {{second, {{"friendly_name", "own"}}}}}};
  const auto id = order();
  const auto done = buy(key, body, id);
  ASSERT_EQ(done.status, 200u) << done.text;
  EXPECT_EQ(done.data()["procurement_request_id"], id);
  EXPECT_EQ(done.data()["assigned_count"], 2);
  EXPECT_EQ(done.data()["results"][2]["error"]["code"], "TN_ALREADY_ASSIGNED");
  EXPECT_EQ(done.data()["results"][3]["error"]["code"], "TN_UNAVAILABLE");
  EXPECT_EQ(hit("GET", "/v1/numbers/" + first, key).data()["friendly_name"], "all");
  EXPECT_EQ(hit("GET", "/v1/numbers/" + second, key).data()["friendly_name"], "own");
  const auto again = buy(key, body, id);
  EXPECT_EQ(again.status, 200u) << again.text;
  EXPECT_EQ(again.data(), done.data());
  EXPECT_EQ(entries(customer), 2) << "money went once";
  const auto reused = buy(key, {{"tns", {first}}}, id);
  EXPECT_EQ(reused.code(), "IDEMPOTENCY_KEY_REUSED") << reused.text;
  EXPECT_EQ(buy(other_key, {{"tns", {"9995550000"}}}, id).status, 200u)
      << "another customer's ids are its own";
}

TEST_F(ApiNumberOrders, TheOrderAsAWholeIsRefused) {
  const auto tn = for_sale();
  EXPECT_EQ(hit("POST", "/v1/numbers/bulk-assign", key, {{"tns", {tn}}}).code(), "MISSING_IDEMPOTENCY_KEY");
  EXPECT_EQ(buy(key, {{"tns", {tn}}}, "no-uuid").code(), "INVALID_IDEMPOTENCY_KEY");
  const auto empty = buy(key, {{"tns", Json::array()}}, order());
  EXPECT_EQ(empty.code(), "INVALID_REQUEST") << empty.status << empty.text;
  EXPECT_EQ(buy(key, {{"tns", {"12"}}}, order()).code(), "INVALID_REQUEST");
  EXPECT_EQ(buy(key, {{"tns", {tn}}, {"per_tn_overrides", {{tn, {{"colour", "red"}}}}}}, order()).code(),
            "INVALID_REQUEST");
  const auto foreign =
      ask("POST", "/v1/trunks", other_key, {{"name", unique("t")}, {"auth_type", "IP_ACL"}}).id();
  EXPECT_EQ(buy(key, {{"tns", {tn}}, {"default_trunk_id", foreign}}, order()).code(), "TRUNK_UNOWNED");
  EXPECT_EQ(hit("GET", "/v1/numbers/search?pattern=" + tn, key).data().size(), 1u) << "still for sale";
}

TEST_F(ApiNumberOrders, ByTwoAtOnceWithOneIdIsOneOrder) {
  const auto tn = for_sale({{"setup_rate", "3.00"}});
  const auto id = order();
  auto first = std::async(std::launch::async, [&] { return buy(key, {{"tns", {tn}}}, id); });
  auto second = std::async(std::launch::async, [&] { return buy(key, {{"tns", {tn}}}, id); });
  const auto a = first.get(), b = second.get();
  EXPECT_EQ(a.data(), b.data());
  EXPECT_EQ(a.data()["assigned_count"], 1);
  EXPECT_EQ(entries(customer), 1);
}

TEST_F(ApiNumberOrders, WhoHasPaidInCannotSpendMore) {
  const auto prepaid = create("/v1/customers", {{"name", unique("prepaid")}, {"billing_mode", "PREPAID"}});
  const auto prepaid_key = key_of(prepaid, {"numbers:order", "numbers:read"});
  const auto tn = for_sale({{"setup_rate", "5.00"}});
  EXPECT_EQ(hit("POST", "/v1/numbers/" + tn + "/assign", prepaid_key).code(), "INSUFFICIENT_FUNDS");
  EXPECT_EQ(entries(prepaid), 0);
}

TEST_F(ApiNumberOrders, TheStockComesByFileWhollyOrNotAtAll) {
  const auto path = "/v1/numbers/stock/import";
  const auto first = unique_tn(), second = unique_tn();
  const auto csv = "tn,state,rate_center,monthly_rate\r\n" + first + ",NY,\"NEW YORK, ZN1\",0.75\r\n+1" +
                   second + ",NJ,,\r\n";
  EXPECT_EQ(raw("POST", path, key, csv, "text/csv").code(), "FORBIDDEN");
  const auto done = raw("POST", path, boss, csv, "text/csv");
  ASSERT_EQ(done.status, 200u) << done.text;
  EXPECT_EQ(done.data()["imported"], 2);
  EXPECT_EQ(hit("GET", "/v1/numbers/stock/" + first, boss).data()["rate_center"], "NEW YORK, ZN1");
  EXPECT_EQ(raw("POST", path, boss, csv, "text/csv").code(), "CONFLICT") << "they are there";
  const auto bad = raw("POST", path, boss, "tn,state\n" + unique_tn() + ",New York\n12,NY\n", "text/csv");
  EXPECT_EQ(bad.code(), "INVALID_IMPORT");
  EXPECT_EQ(bad.body["error"]["details"]["total"], 2);
  EXPECT_EQ(bad.body["error"]["details"]["errors"][1]["line"], 3);
  EXPECT_EQ(hit("DELETE", "/v1/numbers/stock/" + first, boss).status, 204u);
  const auto sold = bought(key);
  EXPECT_EQ(hit("DELETE", "/v1/numbers/stock/" + sold, boss).code(), "TN_ALREADY_ASSIGNED");
  EXPECT_EQ(hit("GET", "/v1/numbers/stock", key).code(), "FORBIDDEN");
}

TEST_F(ApiNumberOrders, CallerNamesAndAddressesAreChecked) {
  const auto path = "/v1/numbers/" + bought(key);
  EXPECT_EQ(hit("PATCH", path + "/voice", key, {{"cnam_enabled", true}}).code(), "VALIDATION_ERROR");
  EXPECT_EQ(hit("PATCH", path + "/voice", key, {{"cnam_display_name", "SIXTEEN LETTERS!"}}).code(),
            "INVALID_REQUEST");
  const auto named =
      hit("PATCH", path + "/voice", key, {{"cnam_enabled", true}, {"cnam_display_name", "ACME"}});
  EXPECT_EQ(named.data()["cnam_display_name"], "ACME") << named.text;
  EXPECT_EQ(hit("PATCH", path + "/voice", key, {{"e911_enabled", true}}).code(), "VALIDATION_ERROR");
  Json civic{{"country", "US"},  {"A1", "NY"}, {"A3", "New York"},
             {"RD", "Broadway"}, {"HNO", "1"}, {"PC", "90210"}};
  const auto wrong = hit("PUT", path + "/e911", key, {{"civic", civic}});
  EXPECT_EQ(wrong.code(), "VALIDATION_ERROR");
  EXPECT_TRUE(wrong.body["error"]["details"]["fields"].contains("civic.PC")) << wrong.text;
  civic["PC"] = "10004";
  EXPECT_EQ(hit("PUT", path + "/e911", key, {{"civic", civic}}).status, 200u);
  EXPECT_EQ(hit("PATCH", path + "/voice", key, {{"e911_enabled", true}}).data()["e911_enabled"], true);
}

TEST_F(ApiNumberOrders, CompaniesAreKnownFromBrands) {
  EXPECT_EQ(hit("GET", "/v1/tincomply/validate-ein-format", key).code(), "EIN_REQUIRED");
  EXPECT_EQ(hit("GET", "/v1/tincomply/validate-ein-format?ein=12-3456789", key).data()["valid"], true);
  EXPECT_EQ(hit("GET", "/v1/tincomply/validate-ein-format?ein=00-3456789", key).data()["valid"], false);
  EXPECT_EQ(hit("GET", "/v1/tincomply/lookup-ein?ein=12", key).code(), "INVALID_EIN");
  EXPECT_EQ(hit("GET", "/v1/tincomply/lookup-ein?ein=98-7654329", key).code(), "NOT_FOUND");
  EXPECT_EQ(hit("POST", "/v1/tincomply/lookup-company-details", key, Json::object()).code(),
            "COMPANY_NAME_REQUIRED");
  const auto name = unique("Acme");
  sql("INSERT INTO sms.brands (customer_id, registry, tcr_brand_id, fields) VALUES ('" + customer +
      "', 'local', '" + unique("LB") + "', '{\"company_name\": \"" + name +
      "\", \"ein\": \"46-1234567\", \"state\": \"VA\"}')");
  const auto found = hit("POST", "/v1/tincomply/lookup-company-details", key, {{"company_name", name}});
  ASSERT_EQ(found.status, 200u) << found.text;
  EXPECT_EQ(found.data()["ein"], "461234567");
  EXPECT_EQ(hit("POST", "/v1/tincomply/verify-tin-name", key, {{"tin", "46-1234567"}, {"company_name", name}})
                .data()["match"],
            true);
  EXPECT_EQ(
      hit("POST", "/v1/tincomply/verify-tin-name", key, {{"tin", "461234567"}, {"company_name", "No One"}})
          .data()["match"],
      false);
  EXPECT_EQ(hit("POST", "/v1/tincomply/verify-tin-name", key, {{"tin", "4"}, {"company_name", name}}).code(),
            "INVALID_TIN");
}

}  // namespace
}  // namespace warp::test
