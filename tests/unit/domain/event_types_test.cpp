#include "warp/domain/event_types.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace warp::domain {
namespace {

TEST(EventTypes, HaveOneDotAndANameOfTheirOwn) {
  std::set<std::string_view> names;
  for (const auto& type : event_types()) {
    EXPECT_TRUE(names.insert(type.name).second) << type.name;
    EXPECT_EQ(std::count(type.name.begin(), type.name.end(), '.'), 1) << type.name;
    EXPECT_EQ(type.example.front(), '{') << type.name;
    EXPECT_EQ(type.example.back(), '}') << type.name;
    EXPECT_TRUE(type.description.ends_with('.')) << type.name;
    EXPECT_EQ(event_type(type.name), &type);
  }
  EXPECT_EQ(event_type("call"), nullptr);
  EXPECT_EQ(event_type(""), nullptr);
}

TEST(EventTypes, AFilterIsANameASubjectOrAll) {
  for (const auto* good : {"*", "call.*", "security.*", "call.completed", "webhook.test"})
    EXPECT_TRUE(is_event_filter(good)) << good;
  for (const auto* bad :
       {"", "**", "call", "call.", ".*", "calls.*", "call.c*", "call.completed.*", "*.call"})
    EXPECT_FALSE(is_event_filter(bad)) << bad;
}

TEST(EventTypes, WhatAFilterLetsThrough) {
  EXPECT_TRUE(wants({"*"}, "call.completed"));
  EXPECT_TRUE(wants({"call.*"}, "call.completed"));
  EXPECT_TRUE(wants({"trunk.created", "call.completed"}, "call.completed"));
  EXPECT_FALSE(wants({"call.*"}, "trunk.created"));
  EXPECT_FALSE(wants({"call.rerated"}, "call.completed"));
  EXPECT_FALSE(wants({"cal.*", "all.*"}, "call.completed"));
  EXPECT_FALSE(wants({}, "call.completed"));
}

TEST(EventTypes, TheBodyIsWritten) {
  const auto id = Uuid::parse("0190c7a0-5b8e-7000-8000-000000000001");
  const auto customer = CustomerId::parse("0190c7a0-5b8e-7000-8000-000000000002");
  const WallTime at{std::chrono::microseconds(1'614'265'330'000'042)};
  EXPECT_EQ(event_body(*id, "call.completed", customer, at, R"({"a": 1})"),
            R"({"id":"0190c7a0-5b8e-7000-8000-000000000001","type":"call.completed",)"
            R"("timestamp":"2021-02-25T15:02:10.000042Z",)"
            R"("customer_id":"0190c7a0-5b8e-7000-8000-000000000002","data":{"a": 1}})");
  EXPECT_NE(event_body(*id, "trunk.created", std::nullopt, at, "{}").find(R"("customer_id":null)"),
            std::string::npos);
}

}  // namespace
}  // namespace warp::domain
