#include "app/call_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "warp/api/call_json.h"

namespace warp::app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

api::ActiveCall call(const std::string& id, const std::string& state) {
  api::ActiveCall out;
  out.id = id;
  out.customer = CustomerId{Uuid{{1}}};
  out.trunk = TrunkId{Uuid{{2}}};
  out.state = state;
  return out;
}

std::vector<std::string> types(const std::vector<live::Event>& events) {
  std::vector<std::string> out;
  for (const auto& event : events)
    out.push_back(event.type);
  return out;
}

TEST(CallDiff, TellsOfEachStepOnce) {
  CallDiff diff;
  EXPECT_THAT(diff.step({}, {}), IsEmpty());
  EXPECT_THAT(types(diff.step({call("a", "trying")}, {})), ElementsAre("call.started"));
  EXPECT_THAT(types(diff.step({call("a", "trying")}, {})), IsEmpty());
  EXPECT_THAT(types(diff.step({call("a", "ringing")}, {})), ElementsAre("call.ringing"));
  EXPECT_THAT(types(diff.step({call("a", "answering")}, {})), IsEmpty());
  EXPECT_THAT(types(diff.step({call("a", "up")}, {})), ElementsAre("call.answered"));
  EXPECT_THAT(types(diff.step({}, {})), ElementsAre("call.ended"));
  EXPECT_THAT(types(diff.step({}, {})), IsEmpty());
}

TEST(CallDiff, TheFiguresOfACallThatIsUpAreToldNowAndThen) {
  CallDiff diff;
  WallTime now{std::chrono::hours(1)};
  auto one = call("a", "up");
  diff.step({one}, now);
  EXPECT_THAT(diff.step({one}, now += std::chrono::milliseconds(4'999)), IsEmpty());
  one.caller_media["mos"] = "4.41";
  const auto told = diff.step({one, call("b", "ringing")}, now += std::chrono::milliseconds(1));
  ASSERT_THAT(types(told), ElementsAre("call.quality", "call.started", "call.ringing"));
  EXPECT_EQ((*api::parse_json(told[0].data))["caller_media"]["mos"], "4.41");
  EXPECT_THAT(diff.step({one, call("b", "ringing")}, now += std::chrono::seconds(4)), IsEmpty());
  EXPECT_THAT(types(diff.step({one, call("b", "ringing")}, now += std::chrono::seconds(1))),
              ElementsAre("call.quality"));
}

TEST(CallDiff, OfCallsThatItBeginsWithOnlyWhatComesNextIsTold) {
  CallDiff diff;
  const WallTime now{std::chrono::hours(1)};
  diff.step({call("gone", "up")}, now);
  diff.begin({call("a", "ringing"), call("b", "up")}, now);
  EXPECT_THAT(types(diff.step({call("a", "up"), call("b", "up"), call("c", "trying")}, now)),
              ElementsAre("call.answered", "call.started"));
}

TEST(CallDiff, ACallThatIsUpAtFirstSightWasStartedToo) {
  CallDiff diff;
  EXPECT_THAT(types(diff.step({call("a", "up"), call("b", "trying")}, {})),
              ElementsAre("call.started", "call.answered", "call.started"));
  const auto ended = diff.step({call("b", "trying")}, {});
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].customer, (CustomerId{Uuid{{1}}}));
  EXPECT_EQ(ended[0].key, (TrunkId{Uuid{{2}}}).to_string());
  EXPECT_EQ(ended[0].topic, live::Topic::Calls);
  const auto data = api::parse_json(ended[0].data);
  ASSERT_TRUE(data);
  EXPECT_EQ(data->value("id", ""), "a");
  EXPECT_EQ(data->value("state", ""), "ended");
}

TEST(CallJson, ComesBackAsItWas) {
  auto one = call("0190c7a0-0000-7000-8000-000000000001", "up");
  one.node = "n";
  one.provider = ProviderId{Uuid{{3}}};
  one.direction = "inbound";
  one.ani = "1";
  one.dni = "2";
  one.setup_at = WallTime(std::chrono::seconds(1'750'000'000));
  one.answered_at = one.setup_at + std::chrono::milliseconds(1500);
  one.tracing = true;
  domain::LegMedia leg;
  leg.codec = "PCMU/8000";
  leg.mos_e2 = 405;
  leg.quality->xr_loss_e4 = 976;
  leg.quality->late = 3;
  one.caller_media = api::to_json(leg);
  EXPECT_EQ(one.caller_media["mos"], "4.05");
  EXPECT_EQ(one.caller_media["xr_loss_percent"], "9.76");
  EXPECT_EQ(one.caller_media["late"], 3);
  EXPECT_TRUE(one.caller_media["duplicates"].is_null());
  EXPECT_EQ(one.caller_media["one_way"], false);
  const auto again = api::call_of(api::to_json(one));
  ASSERT_TRUE(again);
  EXPECT_EQ(api::to_json(*again), api::to_json(one));
  EXPECT_FALSE(api::call_of(api::Json("text")));
  EXPECT_FALSE(api::call_of(api::Json::object()));
}

}  // namespace
}  // namespace warp::app
