// Port requests at the platform's own desk, from the first list to the activated number.
#include "integration/porting_fixture.h"

namespace warp::test {
namespace {

using api::Json;

class ApiPorting : public PortingFixture {
 protected:
  // Of an exchange whose holder is known: SPID 9999.
  ApiPorting() {
    sql("INSERT INTO numbers.blocks (npanxx, block, state, ocn, rate_centre, lata, kind) VALUES "
        "(303777, 10, 'CO', '9999', 'DENVER', 656, 'LANDLINE') ON CONFLICT DO NOTHING");
  }
  static std::string outside() {
    static int count = 1000;
    return "303777" + std::to_string(++count);
  }
  std::string request(const std::string& by, Json body = Json::object()) {
    const auto made = hit("POST", "/v1/porting/requests", by, std::move(body));
    EXPECT_EQ(made.status, 201u) << made.text;
    return "/v1/porting/requests/" + made.id();
  }
  void add(const std::string& path, const std::string& by, Json tns) {
    const auto added = hit("POST", path + "/tns", by, {{"tns", std::move(tns)}});
    EXPECT_EQ(added.status, 200u) << added.text;
  }
  void describe(const std::string& path, const std::string& by) {
    const auto done =
        hit("PUT", path + "/groups/9999/details", by,
            {{"btn", "3037771000"}, {"business_name", "Acme"}, {"account_number", "7"}, {"pin", "99"}});
    EXPECT_EQ(done.status, 200u) << done.text;
    EXPECT_EQ(done.text.find("\"pin\""), std::string::npos) << "what proves who one is is not shown";
  }
  static Json letter() {
    return {
        {"attestation", true},
        {"authorizing_party", {{"company", "Acme"}, {"address", "1 Main St"}, {"contact", "a@example.com"}}},
        {"losing_carrier", {{"name", "Old"}, {"account_number", "7"}, {"btn", "3037771000"}}},
        {"signer", {{"name", "Ann"}, {"title", "Owner"}}}};
  }
  Json state_of(const std::string& path, const std::string& by) {
    return hit("GET", path, by).data()["groups"][0]["tns"][0]["lifecycle_state"];
  }
  // Ready to be submitted, with one number.
  std::string ready(const std::string& tn) {
    const auto path = request(key);
    add(path, key, Json::array({tn}));
    describe(path, key);
    EXPECT_EQ(hit("POST", path + "/validate", key).status, 200u);
    EXPECT_EQ(hit("POST", path + "/groups/9999/loa", key, letter()).status, 201u);
    return path;
  }
  ApiReply decide(const std::string& path, const std::string& tn, Json body) {
    return hit("POST", path + "/numbers/" + tn + "/decision", boss, std::move(body));
  }
};

TEST_F(ApiPorting, APreviewSaysFromWhomAndMakesNothing) {
  const auto mine = bought(key), others = bought(other_key);
  const auto seen = hit("POST", "/v1/porting/preview", key,
                        {{"tns", Json::array({outside() + ", (" + mine.substr(0, 3) + ") " + mine.substr(3),
                                              others, "9195550000"})}});
  ASSERT_EQ(seen.status, 200u) << seen.text;
  EXPECT_EQ(seen.data()["total"], 4);
  EXPECT_EQ(seen.data()["portable"], 2);
  EXPECT_EQ(seen.data()["groups"][0]["spid"], "9999");
  EXPECT_EQ(seen.data()["groups"][1]["on_net"], true);
  EXPECT_EQ(seen.data()["groups"][1]["tns"][0]["reason"], "already_yours");
  EXPECT_EQ(seen.data()["groups"][2]["tns"][0]["reason"], "unknown_carrier");
  EXPECT_EQ(hit("POST", "/v1/porting/preview", key, {{"tns", Json::array({"12"})}}).code(),
            "VALIDATION_ERROR");
  EXPECT_EQ(hit("POST", "/v1/porting/preview", key, {{"tns", Json::array()}}).code(), "VALIDATION_ERROR");
  EXPECT_EQ(hit("GET", "/v1/porting/requests", key).data().size(), 0u);
}

TEST_F(ApiPorting, AWholeLife) {
  const auto tn = outside();
  const auto path = request(key, {{"name", "move"}, {"desired_due_date", "2030-01-02"}});
  const auto added = hit("POST", path + "/tns", key, {{"tns", Json::array({"+1 " + tn, tn + "\n" + tn})}});
  ASSERT_EQ(added.status, 200u) << added.text;
  EXPECT_EQ(added.data()["added"], 1);
  EXPECT_EQ(added.data()["duplicates_removed"], 2);
  EXPECT_EQ(hit("POST", path + "/submit", key).body["error"]["details"]["reason"], "loa_required");

  const auto checked = hit("POST", path + "/validate", key);
  ASSERT_EQ(checked.status, 200u) << checked.text;
  EXPECT_EQ(state_of(path, key), "VALIDATION_ERROR");
  const auto groups = hit("GET", path + "/error-groups", key);
  EXPECT_EQ(groups.data().size(), 2u) << groups.text;
  EXPECT_EQ(hit("POST", path + "/auto-fix", key, {{"error_group_id", "BTN_MISSING"}}).status, 200u);
  EXPECT_EQ(hit("GET", path + "/error-groups", key).data()[0]["error_code"], "NAME_MISSING");
  describe(path, key);
  EXPECT_EQ(state_of(path, key), "READY_FOR_SUBMISSION") << "new details are checked at once";

  auto incomplete = letter();
  incomplete["signer"].erase("title");
  const auto refused = hit("POST", path + "/groups/9999/loa", key, incomplete);
  EXPECT_EQ(refused.code(), "INVALID_PAYLOAD");
  EXPECT_EQ(refused.body["error"]["details"]["fields"], Json::array({"signer.title"}));
  const auto loa = hit("POST", path + "/groups/9999/loa", key, letter());
  ASSERT_EQ(loa.status, 201u) << loa.text;
  EXPECT_FALSE(loa.data().contains("signer_ip"));
  describe(path, key);
  EXPECT_EQ(hit("POST", path + "/submit", key).body["error"]["details"]["groups"][0]["reason"], "stale")
      << "the details are younger than the letter";
  EXPECT_EQ(hit("POST", path + "/groups/9999/loa", key, letter()).status, 201u);
  const auto submitted = hit("POST", path + "/submit", key);
  ASSERT_EQ(submitted.status, 200u) << submitted.text;
  EXPECT_EQ(submitted.data()["request"]["status"], "SUBMITTED");
  EXPECT_EQ(state_of(path, key), "PENDING_FOC");
  EXPECT_EQ(hit("POST", path + "/submit", key).code(), "CONFLICT");
  EXPECT_EQ(hit("DELETE", path, key).code(), "CONFLICT");
  EXPECT_EQ(hit("POST", path + "/groups/9999/loa", key, letter()).code(), "CONFLICT");
  EXPECT_EQ(hit("POST", path + "/activate", key).code(), "CONFLICT");

  EXPECT_EQ(hit("POST", path + "/numbers/" + tn + "/decision", key, {{"state", "FAILED"}}).code(),
            "FORBIDDEN");
  EXPECT_EQ(decide(path, tn, {{"state", "FOC_RECEIVED"}}).code(), "INVALID_PAYLOAD") << "without a date";
  EXPECT_EQ(decide(path, tn, {{"state", "ACTIVATED"}}).code(), "CONFLICT");
  EXPECT_EQ(decide(path, tn, {{"state", "FOC_RECEIVED"}, {"foc_date", "2020-01-02"}}).status, 200u);
  EXPECT_EQ(state_of(path, key), "READY_FOR_ACTIVATION") << "the date has come";
  const auto activated = hit("POST", path + "/activate", key);
  ASSERT_EQ(activated.status, 200u) << activated.text;
  EXPECT_EQ(activated.data()["request"]["status"], "COMPLETE");
  const auto number = hit("GET", "/v1/numbers/" + tn, key);
  ASSERT_EQ(number.status, 200u) << number.text;
  EXPECT_EQ(number.data()["state"], "CO");
  EXPECT_EQ(hit("POST", "/v1/numbers/" + tn + "/release", key).status, 200u);
  EXPECT_EQ(hit("GET", path, key).status, 200u);
  EXPECT_EQ(hit("GET", "/v1/numbers/" + tn, key).data()["status"], "released") << "it enters once";

  const auto history = hit("GET", path + "/history", key);
  EXPECT_EQ(history.data()[0]["action"], "activated");
  EXPECT_EQ(history.data().back()["action"], "created");
  EXPECT_EQ(hit("GET", path + "/progress", key).data()["progress_percentage"], 100);
  EXPECT_EQ(hit("GET", path + "/statistics", key).data()["activated"], 1);
}

TEST_F(ApiPorting, AnothersRequestIsNotThere) {
  const auto path = request(key);
  const auto tn = outside();
  add(path, key, Json::array({tn}));
  describe(path, key);
  for (const char* tail :
       {"", "/progress", "/statistics", "/history", "/notes", "/documents", "/error-groups"})
    EXPECT_EQ(hit("GET", path + tail, other_key).code(), "NOT_FOUND") << tail;
  for (const char* tail :
       {"/validate", "/revalidate", "/submit", "/resubmit", "/activate", "/cancel", "/auto-fix"})
    EXPECT_EQ(hit("POST", path + tail, other_key).code(), "NOT_FOUND") << tail;
  EXPECT_EQ(hit("POST", path + "/tns", other_key, {{"tns", Json::array({tn})}}).code(), "NOT_FOUND");
  EXPECT_EQ(hit("POST", path + "/notes", other_key, {{"body", "x"}}).code(), "NOT_FOUND");
  EXPECT_EQ(hit("POST", path + "/supplement", other_key, {{"new_ddd", "2030-01-02"}}).code(), "NOT_FOUND");
  EXPECT_EQ(hit("PUT", path + "/auto-activation", other_key, {{"mode", "ASAP"}}).code(), "NOT_FOUND");
  EXPECT_EQ(hit("PUT", path + "/groups/9999/details", other_key, {{"btn", "1"}}).code(), "NOT_FOUND");
  EXPECT_EQ(hit("POST", path + "/groups/9999/loa", other_key, letter()).code(), "NOT_FOUND");
  EXPECT_EQ(hit("DELETE", path, other_key).code(), "NOT_FOUND");
  EXPECT_EQ(hit("GET", "/v1/porting/requests", other_key).data().size(), 0u);
  EXPECT_EQ(hit("GET", "/v1/porting/requests/12", key).code(), "INVALID_ID");
  EXPECT_EQ(hit("DELETE", path, key).status, 204u);
}

TEST_F(ApiPorting, ANumberIsOnItsWayOnce) {
  const auto tn = outside();
  ready(tn);
  const auto path = request(other_key);
  add(path, other_key, Json::array({tn}));
  EXPECT_EQ(
      hit("PUT", path + "/groups/9999/details", other_key, {{"btn", "3037771000"}, {"business_name", "B"}})
          .status,
      200u);
  EXPECT_EQ(hit("POST", path + "/validate", other_key).status, 200u);
  EXPECT_EQ(state_of(path, other_key), "VALIDATION_ERROR");
  EXPECT_EQ(hit("GET", path + "/error-groups", other_key).data()[0]["error_code"], "ALREADY_IN_PROGRESS");
}

TEST_F(ApiPorting, NumbersOfOthersHereComeByTheirPinAtOnce) {
  const auto good = bought(other_key), bad = bought(other_key);
  set_pin(good, other_key, "4711");
  set_pin(bad, other_key, "0815");
  const auto path = request(key);
  add(path, key, Json::array({good, bad}));
  EXPECT_EQ(hit("POST", path + "/validate", key).status, 200u);
  EXPECT_EQ(hit("POST", path + "/submit", key).body["error"]["details"]["reason"], "validation_errors");
  EXPECT_EQ(hit("PUT", path + "/groups/WARP/details", key, {{"pin", "4711"}}).status, 200u);
  const auto done = hit("POST", path + "/submit", key);
  ASSERT_EQ(done.status, 200u) << done.text;
  EXPECT_EQ(done.data()["project"]["activated_tns"], 1);
  EXPECT_EQ(hit("GET", "/v1/numbers/" + good, key).status, 200u);
  EXPECT_EQ(hit("GET", "/v1/numbers/" + bad, key).code(), "TN_NOT_OWNED");
  EXPECT_EQ(hit("GET", "/v1/numbers/" + bad, other_key).status, 200u);
}

TEST_F(ApiPorting, IsTurnedDownSentAgainMovedAndCalledOff) {
  const auto tn = outside();
  const auto path = ready(tn);
  EXPECT_EQ(hit("POST", path + "/cancel", key).code(), "CONFLICT") << "nothing was submitted";
  EXPECT_EQ(hit("POST", path + "/resubmit", key).code(), "CONFLICT");
  EXPECT_EQ(hit("POST", path + "/submit", key).status, 200u);
  EXPECT_EQ(decide(path, tn, {{"state", "CSR_MISMATCH"}, {"reason", "name differs"}}).status, 200u);
  const auto refused = hit("GET", path, key).data();
  EXPECT_EQ(refused["request"]["status"], "ERRORED");
  EXPECT_EQ(refused["groups"][0]["tns"][0]["failure_reason"], "name differs");
  EXPECT_EQ(hit("POST", path + "/resubmit", key).status, 200u);
  EXPECT_EQ(hit("GET", path, key).data()["groups"][0]["tns"][0]["failure_reason"], Json());
  EXPECT_EQ(
      hit("POST", path + "/supplement", key, {{"new_ddd", "2030-02-03"}, {"tns", Json::array()}}).code(),
      "VALIDATION_ERROR");
  const auto later = hit("POST", path + "/supplement", key, {{"new_ddd", "2030-02-03"}});
  ASSERT_EQ(later.status, 200u) << later.text;
  EXPECT_EQ(later.data()["request"]["desired_due_date"], "2030-02-03");
  EXPECT_EQ(state_of(path, key), "SUPPLEMENT_REQUESTED");
  EXPECT_EQ(decide(path, tn, {{"state", "FOC_RECEIVED"}, {"foc_date", "2130-01-02"}}).status, 200u);
  EXPECT_EQ(state_of(path, key), "AWAITING_DUE_DATE");
  const auto off = hit("POST", path + "/cancel", key);
  ASSERT_EQ(off.status, 200u) << off.text;
  EXPECT_EQ(off.data()["project_cancelled"], true);
  EXPECT_EQ(off.data()["cancelled"], 1);
}

TEST_F(ApiPorting, ThePolicyHasATimeOfItsOwn) {
  const auto path = request(key, {{"desired_due_date", "2030-05-01"}}) + "/auto-activation";
  EXPECT_EQ(hit("PUT", path, key, {{"mode", "SCHEDULED"}}).code(), "INVALID_PAYLOAD");
  EXPECT_EQ(hit("PUT", path, key, {{"mode", "SCHEDULED"}, {"scheduled_at", "2030-04-30T12:00:00Z"}}).code(),
            "INVALID_PAYLOAD");
  EXPECT_EQ(hit("PUT", path, key, {{"mode", "NOW"}}).code(), "INVALID_PAYLOAD");
  const auto set = hit("PUT", path, key, {{"mode", "SCHEDULED"}, {"scheduled_at", "2030-05-01T12:00:00Z"}});
  ASSERT_EQ(set.status, 200u) << set.text;
  EXPECT_EQ(set.data()["auto_activation_mode"], "SCHEDULED");
}

TEST_F(ApiPorting, InternalNotesAreTheOperators) {
  const auto path = request(key) + "/notes";
  EXPECT_EQ(hit("POST", path, key, {{"body", "call me"}}).status, 201u);
  EXPECT_EQ(hit("POST", path, key, {{"body", "x"}, {"visibility", "internal"}}).code(), "FORBIDDEN");
  EXPECT_EQ(hit("POST", path, boss, {{"body", "odd customer"}, {"visibility", "internal"}}).status, 201u);
  EXPECT_EQ(hit("GET", path, key).data().size(), 1u);
  EXPECT_EQ(hit("GET", path, boss).data().size(), 2u);
  EXPECT_EQ(hit("GET", path + "?customer_id=" + customer, boss).data().size(), 2u);
}

}  // namespace
}  // namespace warp::test
