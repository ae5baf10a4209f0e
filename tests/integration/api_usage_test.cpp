// Sums of usage, and past calls at other prices, as the API has them.
#include "integration/api_fixture.h"

namespace warp::test {
namespace {

using api::Json;
using namespace std::chrono_literals;

class ApiUsage : public ApiFixture {
 protected:
  static WallTime at(std::string_view text) { return *api::parse_timestamp(text); }
  domain::CallRecord answered(const std::string& whose, WallTime setup) {
    domain::CallRecord made;
    made.id.value = ids_.uuid7(setup);
    made.call.value = ids_.uuid7(setup);
    made.customer = *CustomerId::parse(whose);
    made.provider.value = ids_.uuid7(setup);
    made.dni_e164 = "442079460000";
    made.setup_at = setup;
    made.answered_at = setup;
    made.ended_at = setup + 60s;
    made.duration_us = 60'000'000;
    made.pdd_ms = 500;
    made.price.emplace();
    made.price->prefix = "44";
    made.price->amount = *Money::parse("0.01");
    made.price->billed_seconds = 60;
    made.charge.charged = made.price->amount;
    made.cost_base = *Money::parse("0.004");
    made.margin = *Money::parse("0.006");
    return made;
  }
  const std::string days_ = "start_date=2025-05-10&end_date=2025-05-11";
  SecureIdSource ids_;
};

TEST_F(ApiUsage, IsSummedAsEachMaySee) {
  const auto noon = at("2025-05-10T12:00:00Z");
  server_.store({answered(customer, noon), answered(customer, noon + 24h), answered(other, noon)});
  const auto mine = get("/v1/usage?group_by=day&" + days_, key);
  ASSERT_EQ(mine.status, 200u) << mine.text;
  ASSERT_EQ(mine.data().size(), 2u);
  EXPECT_EQ(mine.data()[0]["key"], "2025-05-10");
  EXPECT_EQ(mine.data()[0]["attempts"], 1);
  EXPECT_EQ(mine.data()[0]["seconds"], 60);
  EXPECT_EQ(mine.data()[0]["pdd_ms"], 500.0);
  EXPECT_EQ(mine.data()[0]["ner"], 1.0);
  EXPECT_NE(mine.text.find("\"charge\":0.01"), std::string::npos) << mine.text;
  EXPECT_EQ(mine.text.find("margin"), std::string::npos) << "what we earn is not theirs to see";
  EXPECT_EQ(get("/v1/usage?group_by=provider&" + days_, key).code(), "INVALID_PARAM");

  const auto all = get("/v1/usage?group_by=customer&" + days_ + "&customer_id=" + customer, boss);
  ASSERT_EQ(all.data().size(), 1u) << all.text;
  EXPECT_EQ(all.data()[0]["key"], customer);
  EXPECT_EQ(all.data()[0]["attempts"], 2);
  EXPECT_NE(all.text.find("\"margin\":0.012"), std::string::npos) << all.text;
  EXPECT_EQ(get("/v1/usage?group_by=hour&" + days_, boss).code(), "INVALID_PARAM");
  EXPECT_EQ(get("/v1/usage?group_by=prefix&" + days_, key).data()[0]["key"], "44");
}

TEST_F(ApiUsage, StatisticsSayHowCallsWent) {
  const auto noon = at("2025-06-10T12:00:00Z");
  auto busy = answered(customer, noon + 1s);
  busy.answered_at.reset();
  busy.duration_us = 0;
  busy.reason = domain::Reason::CalleeBusy;
  busy.price.reset();
  busy.charge = {};
  busy.margin.reset();
  server_.store({answered(customer, noon), busy});
  const auto path = "/v1/cdr/statistics?start_date=2025-06-10&end_date=2025-06-10";
  const auto mine = get(path, key);
  ASSERT_EQ(mine.status, 200u) << mine.text;
  EXPECT_EQ(mine.data()["asr"], 0.5);
  EXPECT_EQ(mine.data()["ner"], 1.0);
  EXPECT_EQ(mine.data()["short_calls"], 0);
  EXPECT_EQ(mine.text.find("margin"), std::string::npos);
  const auto ours = get(path + std::string("&customer_id=") + customer, boss);
  EXPECT_EQ(ours.data()["margin"].size(), 1u) << ours.text;
}

TEST_F(ApiUsage, AReratingIsLookedAtBeforeItIsDone) {
  Json wanted{{"start_time", "2025-07-01T00:00:00Z"},
              {"end_time", "2025-07-02T00:00:00Z"},
              {"customer_id", customer}};
  EXPECT_EQ(ask("POST", "/v1/cdr/rerates", key, wanted).status, 403u) << "operators only";
  const auto made = ask("POST", "/v1/cdr/rerates", boss, wanted);
  ASSERT_EQ(made.status, 202u) << made.text;
  EXPECT_EQ(made.data()["state"], "preview");
  EXPECT_EQ(made.data()["customer_id"], customer);
  EXPECT_FALSE(made.data()["job_id"].get<std::string>().empty());
  const auto path = "/v1/cdr/rerates/" + made.id();
  EXPECT_EQ(ask("POST", path + "/commit", boss).code(), "CONFLICT") << "nobody has counted yet";
  EXPECT_EQ(get(path, boss).data()["start_time"], made.data()["start_time"]);
  const auto dropped = ask("POST", path + "/cancel", boss);
  EXPECT_EQ(dropped.status, 200u) << dropped.text;
  EXPECT_EQ(dropped.data()["state"], "cancelled");
  EXPECT_EQ(ask("POST", path + "/cancel", boss).code(), "CONFLICT");
  EXPECT_GE(get("/v1/cdr/rerates", boss).data().size(), 1u);
  wanted["end_time"] = wanted["start_time"];
  EXPECT_EQ(ask("POST", "/v1/cdr/rerates", boss, wanted).code(), "VALIDATION_ERROR");
}

}  // namespace
}  // namespace warp::test
