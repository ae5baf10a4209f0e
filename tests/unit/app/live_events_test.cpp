#include "app/live_events.h"

#include <gtest/gtest.h>

#include "warp/api/json.h"

namespace warp::app {
namespace {

store::OutboxRow row(std::string kind, std::string payload = "{}") {
  store::OutboxRow out;
  out.id = 7;
  out.kind = std::move(kind);
  out.object = Uuid{{5}};
  out.customer = CustomerId{Uuid{{1}}};
  out.payload = std::move(payload);
  return out;
}

TEST(LiveEvents, AChangeOfATrunkIsToldToBothWhoMayWantIt) {
  const auto events = live_events_of(row("trunk.updated"));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].topic, live::Topic::Events);
  EXPECT_EQ(events[1].topic, live::Topic::Trunks);
  for (const auto& event : events) {
    EXPECT_EQ(event.type, "trunk.updated");
    EXPECT_EQ(event.customer, (CustomerId{Uuid{{1}}}));
    EXPECT_EQ(event.key, (Uuid{{5}}).to_string());
    ASSERT_TRUE(api::parse_json(event.data));
  }
  EXPECT_EQ(api::parse_json(events[0].data)->value("object_id", ""), events[0].key);
  EXPECT_EQ(api::parse_json(events[1].data)->value("trunk_id", ""), events[1].key);
}

TEST(LiveEvents, WhatAPayloadSaysCannotTakeTheNameOfWhatItIsAbout) {
  const auto events = live_events_of(row("trunk.updated", R"({"trunk_id":"other","customer_id":"other"})"));
  ASSERT_EQ(events.size(), 2u);
  const auto data = *api::parse_json(events[1].data);
  EXPECT_EQ(data.value("trunk_id", ""), events[1].key);
  EXPECT_EQ(data.value("customer_id", ""), (CustomerId{Uuid{{1}}}).to_string());
}

}  // namespace
}  // namespace warp::app
