// Idempotency-Key: what is asked for twice is done once, whatever happens in between.
#include <future>
#include <thread>

#include "integration/api_fixture.h"

namespace warp::test {
namespace {

using api::Json;

class ApiIdempotency : public ApiFixture {
 protected:
  ApiReply post(const std::string& path, const std::string& by, const Json& body,
                const std::string& idempotency) {
    return send("POST", path, by, body.dump(), "application/json",
                "Idempotency-Key: " + idempotency + "\r\n");
  }
  std::string payments() const { return "/v1/customers/" + customer + "/payments"; }
  static Json payment(const std::string& amount, const std::string& reference) {
    return {{"amount", amount}, {"reference", reference}};
  }
  std::size_t entries() { return get("/v1/billing/ledger", key).data().size(); }
  static bool replayed(const ApiReply& reply) { return reply.headers.get("Idempotency-Replayed") == "true"; }
};

TEST_F(ApiIdempotency, ARepeatGetsTheFirstAnswer) {
  const auto first = post(payments(), boss, payment("12.50", "a"), "one");
  ASSERT_EQ(first.status, 201u) << first.text;
  EXPECT_FALSE(replayed(first));
  const auto again = post(payments(), boss, payment("12.50", "a"), "one");
  EXPECT_EQ(again.status, 201u) << again.text;
  EXPECT_TRUE(replayed(again));
  EXPECT_EQ(again.data(), first.data());
  const auto in_first = first.text.substr(0, first.text.find("\"meta\""));
  EXPECT_EQ(again.text.substr(0, again.text.find("\"meta\"")), in_first) << "digit by digit";
  EXPECT_EQ(entries(), 1u);
  // The same meaning in another order of its members.
  const auto turned = send("POST", payments(), boss, R"({"reference": "a", "amount": "12.50"})",
                           "application/json", "Idempotency-Key: one\r\n");
  EXPECT_TRUE(replayed(turned)) << turned.text;
}

TEST_F(ApiIdempotency, AKeyIsOfOneRequest) {
  ASSERT_EQ(post(payments(), boss, payment("1", "b"), "two").status, 201u);
  const auto other_body = post(payments(), boss, payment("2", "c"), "two");
  EXPECT_EQ(other_body.status, 422u);
  EXPECT_EQ(other_body.code(), "IDEMPOTENCY_KEY_REUSED");
  EXPECT_EQ(entries(), 1u);
  const auto elsewhere = post("/v1/customers/" + other + "/payments", boss, payment("2", "c"), "two");
  EXPECT_EQ(elsewhere.status, 201u) << "of another object it is another key";
  EXPECT_FALSE(replayed(elsewhere));
}

TEST_F(ApiIdempotency, AFailureLeavesTheKeyFree) {
  const auto wrong = post(payments(), boss, payment("-1", "d"), "three");
  EXPECT_EQ(wrong.status, 400u);
  const auto right = post(payments(), boss, payment("1", "d"), "three");
  EXPECT_EQ(right.status, 201u) << right.text;
  EXPECT_FALSE(replayed(right));
  EXPECT_EQ(entries(), 1u);
}

TEST_F(ApiIdempotency, CustomersShareKeysAmongTheirCredentialsAndWithNobodyElse) {
  const Json trunk{{"name", unique("keyed")}, {"auth_type", "IP_ACL"}};
  const auto second = key_of(customer, {"trunks:read", "trunks:write"});
  const auto made = post("/v1/trunks", key, trunk, "four");
  ASSERT_EQ(made.status, 201u) << made.text;
  const auto again = post("/v1/trunks", second, trunk, "four");
  EXPECT_TRUE(replayed(again)) << again.text;
  EXPECT_EQ(again.id(), made.id());
  const auto foreign = post("/v1/trunks", other_key, trunk, "four");
  EXPECT_EQ(foreign.status, 201u) << foreign.text;
  EXPECT_NE(foreign.id(), made.id());
  EXPECT_EQ(get("/v1/trunks", key).data().size(), 1u);
}

TEST_F(ApiIdempotency, ManyAtOnceHaveOneEffect) {
  constexpr int kMany = 50;
  const auto body = payment("3", "e");
  std::vector<ApiReply> replies(kMany);
  std::vector<std::thread> threads;
  for (int i = 0; i < kMany; ++i)
    threads.emplace_back(
        [&, i] { replies[static_cast<std::size_t>(i)] = post(payments(), boss, body, "five"); });
  for (auto& thread : threads)
    thread.join();
  int fresh = 0;
  for (const auto& reply : replies) {
    if (reply.status == 201 && !replayed(reply)) ++fresh;
    const bool good = reply.status == 201 || reply.code() == "IDEMPOTENCY_IN_PROGRESS" ||
                      reply.code() == "SERVICE_UNAVAILABLE";  // no connection became free in time
    EXPECT_TRUE(good) << reply.status << " " << reply.text;
    if (reply.status != 201) {
      EXPECT_TRUE(reply.headers.get("Retry-After"));
    }
  }
  EXPECT_EQ(fresh, 1);
  EXPECT_EQ(entries(), 1u);
  EXPECT_TRUE(replayed(post(payments(), boss, body, "five")));
}

TEST_F(ApiIdempotency, AnAnswerThatNobodyHeardIsStillTheAnswer) {
  const auto body = payment("4", "f").dump();
  {
    HttpClient client(server_.port());
    client.send("POST " + payments() + " HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer " + boss +
                "\r\nContent-Type: application/json\r\nIdempotency-Key: six\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
  }  // gone before it is answered
  ApiReply reply;
  do
    reply = send("POST", payments(), boss, body, "application/json", "Idempotency-Key: six\r\n");
  while (reply.code() == "IDEMPOTENCY_IN_PROGRESS");
  EXPECT_EQ(reply.status, 201u) << reply.text;
  EXPECT_EQ(entries(), 1u);
}

TEST_F(ApiIdempotency, AConnectionThatBreaksInTheMiddleHasDoneNothing) {
  auto& postgres = Postgres::instance();
  const auto& database = postgres.migrated_database();
  // The account is held by somebody, so that the payment stands still in its transaction.
  TestPool holder(postgres.superuser(database));
  constexpr pg::Query kHold{"test.hold", "SELECT 1 FROM billing.balances WHERE customer_id = $1 FOR UPDATE"};
  auto transaction = holder.run(holder.pool.begin(pg::Scope::none()));
  ASSERT_TRUE(transaction);
  const auto id = *CustomerId::parse(customer);
  ASSERT_TRUE(holder.run(transaction->query(kHold, pg::Params::of(id))));
  auto waiting =
      std::async(std::launch::async, [&] { return post(payments(), boss, payment("5", "g"), "seven"); });
  std::string victim;
  while (victim.empty())
    victim =
        postgres.run(database,
                     "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND state = 'active' "
                     "AND usename = 'warpd' LIMIT 1");
  postgres.run(database, "SELECT pg_terminate_backend(" + victim + ")");
  const auto broken = waiting.get();
  EXPECT_EQ(broken.status, 503u) << broken.text;
  holder.run(transaction->rollback());
  EXPECT_EQ(entries(), 0u);
  const auto again = post(payments(), boss, payment("5", "g"), "seven");
  EXPECT_EQ(again.status, 201u) << again.text;
  EXPECT_FALSE(replayed(again));
  EXPECT_EQ(entries(), 1u);
}

TEST_F(ApiIdempotency, SecretsAreNotKept) {
  const auto path = "/v1/customers/" + customer + "/api-keys";
  const Json body{{"name", "n"}, {"scopes", {"trunks:read"}}};
  const auto first = post(path, boss, body, "eight"), second = post(path, boss, body, "eight");
  ASSERT_EQ(first.status, 201u);
  EXPECT_NE(first.data()["key"], second.data()["key"]) << "the header is not looked at";
  EXPECT_EQ(Postgres::instance().run(Postgres::instance().migrated_database(),
                                     "SELECT count(*) FROM warp.idempotency_keys WHERE reply::text LIKE '%" +
                                         first.data()["key"].get<std::string>() + "%'"),
            "0");
}

TEST_F(ApiIdempotency, OldAnswersGo) {
  auto& postgres = Postgres::instance();
  const auto& database = postgres.migrated_database();
  ASSERT_EQ(post(payments(), boss, payment("6", "h"), "nine").status, 201u);
  postgres.run(database,
               "UPDATE warp.idempotency_keys SET created_at = now() - interval '8 days' WHERE key = 'nine'");
  EXPECT_NE(postgres.run(database, "SELECT warp.purge_idempotency('7 days')"), "0");
  const auto again = post(payments(), boss, payment("6", "h"), "nine");
  EXPECT_FALSE(replayed(again));
  EXPECT_EQ(again.status, 200u) << "the reference of a payment keeps it one: " << again.text;
  EXPECT_EQ(entries(), 1u);
}

}  // namespace
}  // namespace warp::test
