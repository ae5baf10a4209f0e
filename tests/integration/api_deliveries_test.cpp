#include "integration/api_fixture.h"

namespace warp::test {
namespace {

using api::Json;

class ApiDeliveries : public ApiFixture {
 protected:
  // One that waits, or was given up; its id.
  std::string delivery(const std::string& whose, bool dead) {
    const auto sql = "INSERT INTO sms.deliveries VALUES (nextval('sms.delivery_ids'), gen_random_uuid(), '" +
                     whose + "', NULL, 'https://example.net/', 0, '{}', now(), now(), 7, 'none', " +
                     (dead ? "now()" : "NULL") + ") RETURNING id";
    auto& postgres = Postgres::instance();
    auto id = postgres.run(postgres.migrated_database(), sql);
    return id.substr(0, id.find_first_not_of("0123456789"));
  }
};

TEST_F(ApiDeliveries, AreListedByState) {
  const auto owed = delivery(customer, false), dead = delivery(customer, true);
  delivery(other, true);
  const auto all = get("/v1/messaging/deliveries", key);
  ASSERT_EQ(all.data().size(), 2u) << all.text;
  const auto given_up = get("/v1/messaging/deliveries?state=dead", key);
  ASSERT_EQ(given_up.data().size(), 1u) << given_up.text;
  EXPECT_EQ(given_up.data()[0]["id"], dead);
  EXPECT_EQ(given_up.data()[0]["state"], "dead");
  EXPECT_EQ(given_up.data()[0]["tries"], 7);
  EXPECT_EQ(given_up.data()[0]["next_try_at"], Json());
  EXPECT_NE(given_up.data()[0]["dead_at"], Json());
  EXPECT_EQ(get("/v1/messaging/deliveries?state=owed", key).data()[0]["id"], owed);
  EXPECT_EQ(get("/v1/messaging/deliveries?state=lost", key).code(), "INVALID_PARAM");
  EXPECT_GE(get("/v1/messaging/deliveries?state=dead", boss).data().size(), 2u);
}

TEST_F(ApiDeliveries, TheDeadAreReplayedByTheirCustomerAlone) {
  const auto owed = delivery(customer, false), dead = delivery(customer, true);
  const auto path = [](const std::string& id) { return "/v1/messaging/deliveries/" + id + "/replay"; };
  EXPECT_EQ(ask("POST", path(dead), other_key).code(), "NOT_FOUND");
  EXPECT_EQ(ask("POST", path("1"), key).code(), "NOT_FOUND");
  EXPECT_EQ(ask("POST", path(owed), key).code(), "CONFLICT");
  EXPECT_EQ(ask("POST", path(dead), key_of(customer, {"messaging:read"})).status, 403u);
  const auto before = server_.messaging.replayed().size();
  const auto replayed = ask("POST", path(dead), key);
  EXPECT_EQ(replayed.status, 202u) << replayed.text;
  EXPECT_EQ(replayed.data()["state"], "owed");
  EXPECT_EQ(server_.messaging.replayed().size(), before + 1);
  EXPECT_EQ(std::to_string(server_.messaging.replayed().back()), dead);
}

}  // namespace
}  // namespace warp::test
