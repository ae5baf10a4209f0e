// Port-out PINs, and numbers that go from one customer to another by them.
#include <future>

#include "integration/porting_fixture.h"

namespace warp::test {
namespace {

using api::Json;

class ApiTransfers : public PortingFixture {
 protected:
  ApiReply take(const std::string& by, const std::string& tn, const std::string& pin) {
    return hit("POST", "/v1/porting/transfer", by, {{"items", Json::array({{{"tn", tn}, {"pin", pin}}})}});
  }
  std::string reason(const std::string& by, const std::string& tn, const std::string& pin) {
    const auto reply = take(by, tn, pin);
    EXPECT_EQ(reply.status, 200u) << reply.text;
    return reply.data()["results"][0].value("reason", "");
  }
};

TEST_F(ApiTransfers, APinIsSetLockedAndClearedAndNeverShown) {
  const auto tn = bought(key);
  const auto path = "/v1/numbers/" + tn + "/port-out-pin";
  EXPECT_EQ(hit("GET", path, key).body, (Json{{"set", false}}));
  for (const char* bad : {"123", "12345678901", "12a4", "1234 "})
    EXPECT_EQ(hit("PUT", path, key, {{"pin", bad}}).code(), "INVALID_PIN") << bad;
  EXPECT_EQ(hit("PUT", path, key, Json::object()).code(), "INVALID_REQUEST");
  EXPECT_EQ(hit("PUT", path, other_key, {{"pin", "1234"}}).code(), "TN_NOT_OWNED");
  set_pin(tn, key, "1234");
  EXPECT_EQ(hit("GET", path, other_key).code(), "TN_NOT_OWNED");
  EXPECT_EQ(hit("DELETE", path, other_key).code(), "TN_NOT_OWNED");
  EXPECT_EQ(hit("GET", path, key).body, (Json{{"set", true}}));
  EXPECT_EQ(hit("DELETE", path, key).status, 204u);
  EXPECT_EQ(hit("DELETE", path, key).status, 204u) << "again";
  EXPECT_EQ(hit("GET", path, key).body, (Json{{"set", false}}));
  EXPECT_EQ(sql("SELECT count(*) FROM audit.events WHERE object_type = 'port_out_pin' AND object_id = '1" +
                tn + "' AND coalesce(before::text, '') || coalesce(after::text, '') LIKE '%argon2%'"),
            "0");
}

TEST_F(ApiTransfers, ByThePinOnceAndBothSidesKnow) {
  const auto tn = bought(key);
  set_pin(tn, key, "4711");
  const auto seen = hit("POST", "/v1/porting/transfer/preview", other_key, {{"tns", Json::array({tn})}});
  ASSERT_EQ(seen.status, 200u) << seen.text;
  EXPECT_EQ(seen.data()["results"][0]["eligible"], true);
  EXPECT_EQ(seen.text.find(customer), std::string::npos) << "the owner is masked";
  EXPECT_EQ(reason(other_key, tn, "0000"), "invalid_pin");
  EXPECT_EQ(reason(other_key, tn, "4711"), "");
  EXPECT_EQ(reason(other_key, tn, "4711"), "already_yours");
  EXPECT_EQ(hit("GET", "/v1/numbers/" + tn, key).code(), "TN_NOT_OWNED");
  EXPECT_EQ(hit("GET", "/v1/numbers/" + tn, other_key).data()["status"], "held");
  EXPECT_EQ(hit("GET", "/v1/numbers/" + tn + "/port-out-pin", other_key).body, (Json{{"set", false}}))
      << "the PIN went with its holder";
  EXPECT_EQ(sql("SELECT string_agg(event, ',' ORDER BY id) FROM audit.events WHERE object_id = '1" + tn +
                "' AND event LIKE 'transferred%'"),
            "transferred_out,transferred_in");
}

TEST_F(ApiTransfers, SayWhyNot) {
  EXPECT_EQ(reason(key, "9995550001", "1234"), "not_in_warp_inventory");
  EXPECT_EQ(reason(key, "12", "1234"), "invalid_tn");
  const auto stocked = for_sale();
  EXPECT_EQ(reason(key, stocked, "1234"), "not_in_warp_inventory");
  const auto mine = bought(key);
  EXPECT_EQ(reason(key, mine, "1234"), "already_yours");
  EXPECT_EQ(reason(other_key, mine, "1234"), "invalid_pin") << "it has none";
  EXPECT_EQ(hit("PATCH", "/v1/numbers/stock/" + mine, boss, {{"poi_locked", true}}).status, 200u);
  EXPECT_EQ(reason(other_key, mine, "1234"), "poi_locked");
  EXPECT_EQ(hit("POST", "/v1/numbers/" + mine + "/release", key).code(), "POI_LOCKED");
}

TEST_F(ApiTransfers, FiveWrongPinsLockForHalfAnHour) {
  const auto tn = bought(key);
  set_pin(tn, key, "2580");
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(reason(other_key, tn, "0000"), "invalid_pin") << i;
  EXPECT_EQ(reason(other_key, tn, "2580"), "pin_locked") << "the right one as well";
  const auto shown = hit("GET", "/v1/numbers/" + tn + "/port-out-pin", key).body;
  EXPECT_TRUE(shown.contains("locked_until"));
  EXPECT_EQ(
      sql("SELECT locked_until BETWEEN now() + interval '29 minutes' AND now() + interval '30 minutes' FROM "
          "numbers.port_out_pins WHERE e164 = '1" +
          tn + "'"),
      "t");
  sql("UPDATE numbers.port_out_pins SET locked_until = now() - interval '1 second' WHERE e164 = '1" + tn +
      "'");
  EXPECT_EQ(reason(other_key, tn, "0000"), "invalid_pin") << "half an hour later one may try again";
  EXPECT_EQ(reason(other_key, tn, "2580"), "");
}

TEST_F(ApiTransfers, ANewPinLiftsTheLock) {
  const auto tn = bought(key);
  set_pin(tn, key, "2580");
  for (int i = 0; i < 5; ++i)
    reason(other_key, tn, "0000");
  set_pin(tn, key, "1470");
  EXPECT_EQ(reason(other_key, tn, "1470"), "");
}

TEST_F(ApiTransfers, OfTwoAtOnceOneGetsIt) {
  const auto third = create("/v1/customers", {{"name", unique("third")}});
  const auto third_key = key_of(third, {"porting:submit"});
  const auto tn = bought(key);
  set_pin(tn, key, "4711");
  auto first = std::async(std::launch::async, [&] { return take(other_key, tn, "4711"); });
  auto second = std::async(std::launch::async, [&] { return take(third_key, tn, "4711"); });
  const auto done = first.get().data()["transferred_count"].get<int>() +
                    second.get().data()["transferred_count"].get<int>();
  EXPECT_EQ(done, 1);
}

TEST_F(ApiTransfers, ManyGuessesAtOnceCountEachByItself) {
  const auto tn = bought(key);
  set_pin(tn, key, "2580");
  std::vector<std::future<std::string>> guesses;
  for (int i = 0; i < 12; ++i)
    guesses.push_back(
        std::async(std::launch::async, [&, i] { return reason(other_key, tn, std::to_string(1000 + i)); }));
  int judged = 0;
  for (auto& guess : guesses)
    judged += guess.get() == "invalid_pin";
  EXPECT_LE(judged, 5);
}

}  // namespace
}  // namespace warp::test
