#include "integration/api_fixture.h"

namespace warp::test {
namespace {

using api::Json;

class ApiLimits : public ApiFixture {
 protected:
  std::string endpoint() {
    const auto provider = create("/v1/providers", {{"name", unique("provider")}});
    const auto path = "/v1/providers/" + provider + "/endpoints";
    return path + "/" + ask("POST", path, boss, {{"host", "127.0.0.19"}}).data()["id"].dump();
  }
};

TEST_F(ApiLimits, OfAnEndpointAreReadAndChanged) {
  const auto path = endpoint() + "/limits";
  EXPECT_EQ(get(path, boss).data()["cps"], Json());
  auto changed = ask("PUT", path, boss, {{"cps", 5}, {"channels", 50}});
  ASSERT_EQ(changed.status, 200u) << changed.text;
  EXPECT_EQ(changed.data()["cps"], 5);
  changed = ask("PATCH", path, boss, {{"cps", nullptr}});
  EXPECT_EQ(changed.data()["cps"], Json());
  EXPECT_EQ(changed.data()["channels"], 50);
  EXPECT_EQ(ask("PATCH", path, boss, {{"cps", -1}}).code(), "INVALID_PAYLOAD");
  EXPECT_EQ(get(path, key).code(), "FORBIDDEN");
  EXPECT_EQ(get(endpoint() + "0/limits", boss).code(), "NOT_FOUND");
}

TEST_F(ApiLimits, CallsASecondAreShownLive) {
  const auto trunk =
      "/v1/trunks/" +
      ask("POST", "/v1/trunks", key, {{"name", unique("trunk")}, {"auth_type", "IP_ACL"}}).id();
  server_.live.load = api::TrunkLoad{4, 5, 2, 3};
  const auto state = get(trunk + "/throttle-state", key).data();
  EXPECT_EQ(state["current_cps_inbound"], 4);
  EXPECT_EQ(state["current_cps_outbound"], 5);
  EXPECT_EQ(get("/v1/customers/me/utilization", key).data()["current_cps_outbound"], 5);
  server_.live.load.reset();
}

}  // namespace
}  // namespace warp::test
