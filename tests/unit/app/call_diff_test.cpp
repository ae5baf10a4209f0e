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
  const auto again = api::call_of(api::to_json(one));
  ASSERT_TRUE(again);
  EXPECT_EQ(api::to_json(*again), api::to_json(one));
  EXPECT_FALSE(api::call_of(api::Json("text")));
  EXPECT_FALSE(api::call_of(api::Json::object()));
}

}  // namespace
}  // namespace warp::app
