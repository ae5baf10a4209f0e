#include "integration/api_fixture.h"

namespace warp::test {
namespace {

using api::Json;
using namespace std::chrono_literals;

class ApiRecords : public ApiFixture {
 protected:
  static WallTime at(std::string_view text) { return *api::parse_timestamp(text); }

  domain::CallRecord record(const std::string& whose, WallTime setup) {
    domain::CallRecord made;
    made.id.value = ids_.uuid7(setup);
    made.call.value = ids_.uuid7(setup);
    made.customer = *CustomerId::parse(whose);
    made.trunk.value = ids_.uuid7(setup);
    made.provider.value = ids_.uuid7(setup);
    made.sip_call_id = "abc@198.51.100.1";
    made.source_address = "198.51.100.77";
    made.ani = made.ani_e164 = "12125550100";
    made.dni = made.dni_e164 = "442079460000";
    made.setup_at = setup;
    made.ended_at = setup + 61s;
    made.sip_status = 486;
    made.disposition = domain::Disposition::Busy;
    made.reason = domain::Reason::CalleeBusy;
    return made;
  }
  domain::CallRecord answered(const std::string& whose, WallTime setup) {
    auto made = record(whose, setup);
    made.disposition = domain::Disposition::Answered;
    made.reason = domain::Reason::NormalClearing;
    made.sip_status = 200;
    made.answered_at = setup + 1s;
    made.duration_us = 60'000'000;
    domain::PricedSide price;
    price.prefix = "44";
    price.per_minute = *Money::parse("0.0095");
    price.amount = *Money::parse("0.0095");
    price.billed_seconds = 60;
    made.price = price;
    price.amount = *Money::parse("0.004");
    made.cost = price;
    made.margin = *Money::parse("0.0055");
    return made;
  }

  SecureIdSource ids_;
  const WallTime noon_ = at("2025-03-10T12:00:00Z");
  const std::string days_ = "start_date=2025-03-10&end_date=2025-03-10";
};

TEST_F(ApiRecords, AreListedWithWhatEachMaySee) {
  const auto made = answered(customer, noon_);
  server_.store({made, record(customer, noon_ + 1s), record(other, noon_)});
  const auto listed = get("/v1/cdr/details?" + days_, key);
  ASSERT_EQ(listed.status, 200u) << listed.text;
  ASSERT_EQ(listed.data().size(), 2u);
  EXPECT_EQ(listed.data()[0]["disposition"], "BUSY") << "newest first";
  EXPECT_EQ(listed.data()[0]["reason"], "CALLEE_BUSY");
  EXPECT_EQ(listed.data()[1]["duration_seconds"], 60);
  EXPECT_NE(listed.text.find("\"cost\":0.0095"), std::string::npos);
  EXPECT_EQ(listed.text.find("margin"), std::string::npos) << "what we earn is not theirs to see";
  EXPECT_EQ(listed.text.find("provider"), std::string::npos);
  EXPECT_EQ(listed.text.find("198.51.100.77"), std::string::npos);

  const auto path = "/v1/cdr/" + made.id.to_string();
  EXPECT_EQ(get(path, key).data()["rate"], listed.data()[1]["rate"]);
  EXPECT_EQ(get(path, other_key).code(), "NOT_FOUND");
  const auto whole = get(path, boss);
  EXPECT_NE(whole.text.find("\"margin\":0.0055"), std::string::npos) << whole.text;
  EXPECT_EQ(get("/v1/cdr/details?" + days_ + "&customer_id=" + other, boss).data().size(), 1u);
}

TEST_F(ApiRecords, AreFilteredAndPaged) {
  auto special = answered(customer, noon_ + 2s);
  special.dni = "+19995550123";
  special.dni_e164 = "19995550123";
  special.direction = domain::Direction::Inbound;
  auto missed = record(customer, noon_ + 3s);
  missed.disposition = domain::Disposition::NoAnswer;
  server_.store({special, missed, record(customer, noon_ + 4s)});
  const auto total = [&](const std::string& filter) {
    const auto reply = get("/v1/cdr/details?" + days_ + filter, key);
    return reply.status == 200 ? reply.body["meta"]["total"].dump() : reply.code();
  };
  EXPECT_EQ(total(""), "3");
  EXPECT_EQ(total("&dni=9995550123"), "1");
  EXPECT_EQ(total("&dni=1999*"), "1");
  EXPECT_EQ(total("&dni=%2B1999*"), "1");
  EXPECT_EQ(total("&dni=1998*"), "0");
  EXPECT_EQ(total("&ani=2125550100"), "3");
  EXPECT_EQ(total("&direction=inbound"), "1");
  EXPECT_EQ(total("&disposition=NO+ANSWER"), "1");
  EXPECT_EQ(total("&disposition=MAYBE"), "INVALID_PARAM");
  EXPECT_EQ(total("&trunk_id=" + special.trunk.to_string()), "1");
  EXPECT_EQ(total("&dni='"), "INVALID_PARAM");
  const auto page = get("/v1/cdr/details?" + days_ + "&per_page=2&page=2", key);
  EXPECT_EQ(page.data().size(), 1u);
  EXPECT_EQ(page.body["meta"]["total_pages"], 2);
  EXPECT_EQ(get("/v1/cdr/details?" + days_ + "&per_page=501", key).body["meta"]["per_page"], 500);
}

TEST_F(ApiRecords, DaysAreCutInLocalTime) {
  server_.store({record(customer, at("2025-03-10T23:30:00Z")), record(customer, at("2025-03-11T03:30:00Z")),
                 record(customer, at("2025-03-11T04:00:00Z"))});
  const auto total = [&](const std::string& query) {
    return get("/v1/cdr/details?" + query, key).body["meta"]["total"].get<int>();
  };
  EXPECT_EQ(total(days_), 1);
  EXPECT_EQ(total(days_ + "&tz_offset_minutes=240"), 2) << "US Eastern summer: until 04:00 UTC, not with it";
  EXPECT_EQ(total(days_ + "&tz_offset_minutes=-60"), 0) << "Berlin: that half hour is tomorrow";
  EXPECT_EQ(get("/v1/cdr/details?start_date=2025-03-11&end_date=2025-03-10", key).code(), "INVALID_DATE");
  EXPECT_EQ(get("/v1/cdr/details?start_date=2025-3-1", key).code(), "INVALID_DATE");
  EXPECT_EQ(get("/v1/cdr/details?tz_offset_minutes=841", key).code(), "INVALID_PARAM");
}

TEST_F(ApiRecords, SumsAreRight) {
  server_.store({answered(customer, noon_), answered(customer, noon_ + 1s), record(customer, noon_ + 2s),
                 record(customer, noon_ + 3s), record(other, noon_)});
  const auto sums = get("/v1/cdr/statistics?" + days_, key);
  ASSERT_EQ(sums.status, 200u) << sums.text;
  EXPECT_EQ(sums.data()["total_calls"], 4);
  EXPECT_EQ(sums.data()["answered_calls"], 2);
  EXPECT_EQ(sums.data()["asr"], 0.5);
  EXPECT_EQ(sums.data()["acd_seconds"], 60.0);
  EXPECT_EQ(sums.data()["billable_seconds"], 120);
  EXPECT_EQ(sums.data()["by_disposition"]["BUSY"], 2);
  EXPECT_NE(sums.text.find("\"total_cost\":0.019"), std::string::npos) << sums.text;
  EXPECT_EQ(sums.data()["currency"], "USD");
  const auto trends = get("/v1/cdr/trends?granularity=hour&" + days_, key);
  ASSERT_EQ(trends.data().size(), 24u) << trends.text;
  for (std::size_t hour = 0; hour < 24; ++hour) {
    const auto& bucket = trends.data()[hour];
    EXPECT_EQ(bucket["total_calls"], hour == 12 ? 4 : 0);
    EXPECT_EQ(bucket["asr"].is_null(), hour != 12);
    EXPECT_TRUE(bucket["cost"].is_number()) << "of nothing it is 0";
  }
  EXPECT_EQ(get("/v1/cdr/trends?granularity=hour&start_date=2001-01-01&end_date=2005-01-01", key).code(),
            "INVALID_DATE");
  EXPECT_EQ(get("/v1/cdr/trends?granularity=year", key).code(), "INVALID_GRANULARITY");
  const auto none = get("/v1/cdr/statistics?start_date=2001-01-01&end_date=2001-01-02", key);
  EXPECT_EQ(none.data()["asr"], Json());
}

TEST_F(ApiRecords, ExportIsCsvThatNoSpreadsheetRuns) {
  auto hostile = answered(customer, noon_);
  hostile.ani = "=cmd|' /C calc'!A0";
  hostile.dni = "+1,\"x\"\r\n@y";
  server_.store({hostile, record(other, noon_)});
  const auto csv = get("/v1/cdr/export?" + days_, key);
  ASSERT_EQ(csv.status, 200u) << csv.text;
  EXPECT_EQ(csv.headers.get("Content-Type"), "text/csv; charset=utf-8");
  EXPECT_TRUE(csv.headers.get("Content-Disposition"));
  EXPECT_FALSE(csv.headers.get("X-Result-Truncated"));
  EXPECT_TRUE(csv.text.starts_with("id,call_id,")) << csv.text;
  EXPECT_NE(csv.text.find(",'=cmd|' /C calc'!A0,\"'+1,\"\"x\"\"\r\n@y\","), std::string::npos) << csv.text;
  EXPECT_EQ(csv.text.find(other), std::string::npos);
}

TEST_F(ApiRecords, ExportStopsAtItsLimitAndSaysSo) {
  std::vector<domain::CallRecord> many;
  for (int i = 0; i < 1300; ++i)
    many.push_back(record(customer, noon_ + std::chrono::milliseconds(i / 3)));
  server_.store(many);
  const auto csv = get("/v1/cdr/export?" + days_, key);
  EXPECT_EQ(csv.headers.get("X-Result-Truncated"), "true");
  EXPECT_EQ(std::count(csv.text.begin(), csv.text.end(), '\n'), 1201) << "1200 rows and the header";
  std::set<std::string> ids;
  for (std::size_t line = csv.text.find('\n') + 1; line < csv.text.size();
       line = csv.text.find('\n', line) + 1)
    ids.insert(csv.text.substr(line, 36));
  EXPECT_EQ(ids.size(), 1200u) << "no row twice, none skipped at the seams";
  EXPECT_EQ(get("/v1/cdr/export?start_date=x", key).code(), "INVALID_DATE");
}

}  // namespace
}  // namespace warp::test
