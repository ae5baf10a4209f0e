#include "warp/webhooks/event.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "warp/domain/event_types.h"

namespace warp::webhooks {
namespace {

constexpr const char* kObject = "0190c7a0-5b8e-7000-8000-000000000001";

store::OutboxRow row(const std::string& kind, const std::string& payload = "", std::int64_t id = 7) {
  store::OutboxRow out;
  out.id = id;
  out.kind = kind;
  out.object = *Uuid::parse(kObject);
  out.customer = CustomerId::parse("0190c7a0-5b8e-7000-8000-000000000002");
  out.payload = payload;
  return out;
}

nlohmann::json data(const Event& event) {
  return nlohmann::json::parse(event.data);
}

TEST(Event, OfACallNamesItsRecord) {
  const auto event = event_of(row("call"));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->type, "call.completed");
  EXPECT_EQ(data(*event)["id"], kObject);
}

TEST(Event, OfACorrectionHasAmountsToTheLastDigit) {
  const auto event =
      event_of(row("correction", R"({"run_id": "r", "before_nanos": 31600000, "after_nanos": -5})"));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->type, "call.rerated");
  EXPECT_NE(event->data.find("\"before\":0.0316,"), std::string::npos) << event->data;
  EXPECT_NE(event->data.find("\"after\":-0.000000005}"), std::string::npos) << event->data;
  EXPECT_EQ(data(*event)["id"], kObject);
  const auto whole = event_of(row("correction", R"({"before_nanos": 2000000000, "after_nanos": null})"));
  ASSERT_TRUE(whole);
  EXPECT_NE(whole->data.find("\"before\":2,\"after\":null}"), std::string::npos) << whole->data;
}

TEST(Event, OfAPortEndsWithTheState) {
  const auto on_the_way = event_of(row("port.status", R"({"status": "SUBMITTED", "name": "x"})"));
  const auto done = event_of(row("port.status", R"({"status": "COMPLETE", "name": "x"})"));
  ASSERT_TRUE(on_the_way && done);
  EXPECT_EQ(on_the_way->type, "port.updated");
  EXPECT_EQ(done->type, "port.completed");
  EXPECT_EQ(data(*done)["id"], kObject);
  EXPECT_EQ(data(*done)["name"], "x");
}

TEST(Event, KeepsWhatItsRowSays) {
  const auto event = event_of(row("trunk.updated", R"({"id": "t", "changed": "ips"})"));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->type, "trunk.updated");
  EXPECT_EQ(event->data, R"({"id": "t", "changed": "ips"})");
}

TEST(Event, IsTheSameForTheSameRowAlone) {
  EXPECT_EQ(event_of(row("call", "", 7))->id, event_of(row("call", "", 7))->id);
  EXPECT_NE(event_of(row("call", "", 7))->id, event_of(row("call", "", 8))->id);
  EXPECT_NE(event_of(row("call", "", 7))->id, event_of(row("call", "", std::int64_t{7} << 40))->id);
}

TEST(Event, WhatNobodyOutsideIsToldOf) {
  EXPECT_FALSE(event_of(row("something.else", "{}")));
  EXPECT_FALSE(event_of(row("")));
}

TEST(Event, BrokenDataIsNoData) {
  for (const auto* payload : {"[1]", "nothing", "null", "{"}) {
    const auto event = event_of(row("trunk.created", payload));
    ASSERT_TRUE(event) << payload;
    EXPECT_EQ(data(*event)["id"], kObject) << payload;
  }
}

TEST(Event, ExamplesAreObjects) {
  for (const auto& type : domain::event_types())
    EXPECT_TRUE(nlohmann::json::parse(type.example, nullptr, false).is_object()) << type.name;
}

TEST(Event, EachTypeIsDescribed) {
  std::ifstream in(WARP_SOURCE_DIR "/docs/api/events.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  for (const auto& type : domain::event_types()) {
    const auto line = "| `" + std::string(type.name) + "` | " + std::string(type.description) + " | `" +
                      std::string(type.example) + "` |";
    EXPECT_NE(page.find(line), std::string::npos) << line;
  }
}

// Whatever the database announces by name is in the catalogue.
TEST(Event, EveryKindThatIsAnnouncedIsKnown) {
  const std::regex announced("records\\.announce\\('([a-z_]+\\.[a-z_]+)'");
  std::set<std::string> kinds;
  for (const auto& file : std::filesystem::directory_iterator(WARP_SOURCE_DIR "/sql/migrations")) {
    std::ifstream in(file.path());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    for (std::sregex_iterator it(text.begin(), text.end(), announced), end; it != end; ++it)
      kinds.insert((*it)[1]);
  }
  EXPECT_GE(kinds.size(), 5u);
  for (const auto& kind : kinds)
    EXPECT_TRUE(event_of(row(kind, "{}"))) << kind;
}

}  // namespace
}  // namespace warp::webhooks
