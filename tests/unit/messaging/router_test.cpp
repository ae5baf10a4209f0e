#include "warp/messaging/router.h"

#include "unit/messaging/world.h"

namespace warp::messaging::test {
namespace {

struct RouterTest : ::testing::Test {
  domain::MessagingCatalogue catalogue = sample_catalogue();
  std::vector<ConnectorId> down;
  std::map<ConnectorId, std::uint8_t> quality;
  std::vector<RouteLine> lines;

  domain::MessageRoute& add(ConnectorId connector) {
    domain::MessageRoute route;
    route.id = make_id<MessageRouteId>(static_cast<std::uint8_t>(40 + catalogue.routes.size()));
    route.connector = connector;
    catalogue.routes.push_back(route);
    return catalogue.routes.back();
  }
  std::vector<ConnectorId> find(std::string_view text = "hello", std::uint64_t draw = 0,
                                WallTime now = WallTime(std::chrono::hours(12))) {
    const Directory directory(catalogue);
    lines.clear();
    const RouteQuery query{kCustomer, kNumber, kPhone, text, now, draw};
    const auto healthy = [&](ConnectorId c) { return std::find(down.begin(), down.end(), c) == down.end(); };
    const auto measured = [&](ConnectorId c) {
      const auto known = quality.find(c);
      return known == quality.end() ? std::nullopt : std::optional(known->second);
    };
    const auto found = find_candidates(directory, query, healthy, &lines, measured).connectors;
    EXPECT_EQ(find_candidates(directory, query, healthy, nullptr, measured).connectors, found)
        << "the explanation changes nothing";
    return found;
  }
};

TEST_F(RouterTest, LongestPrefixHidesTheShorter) {
  add(kTwo).prefix = "447";
  EXPECT_EQ(find(), std::vector{kTwo});
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[1].standing, Standing::Hidden);
}

TEST_F(RouterTest, OwnRoutesHideEverybodys) {
  add(kTwo).customer = kCustomer;
  EXPECT_EQ(find(), std::vector{kTwo});
  catalogue.routes[1].customer = make_id<CustomerId>(77);
  EXPECT_EQ(find(), std::vector{kOne});
}

TEST_F(RouterTest, Complaint_CheaperFirstWithinAPriority) {
  add(kTwo);
  EXPECT_EQ(find(), (std::vector{kTwo, kOne}));
  catalogue.routes[1].priority = 101;
  EXPECT_EQ(find(), (std::vector{kOne, kTwo}));
}

TEST_F(RouterTest, WeightShares) {
  catalogue.connectors[0].rate_plan.reset();
  catalogue.connectors[1].rate_plan.reset();
  add(kTwo).weight = 3;
  SeededIdSource ids(1);
  int second = 0;
  for (int i = 0; i < 2000; ++i)
    second += find("hello", ids.next64()).front() == kTwo;
  EXPECT_NEAR(second, 1500, 80);
}

TEST_F(RouterTest, UnhealthyComesLast) {
  add(kTwo).priority = 200;
  down = {kOne};
  EXPECT_EQ(find(), (std::vector{kTwo, kOne}));
  EXPECT_EQ(lines[0].standing, Standing::Unhealthy);
}

TEST_F(RouterTest, ByTheCarrierOfTheRecipient) {
  add(kTwo).carrier = "234-15";
  catalogue.carrier_prefixes = {{"4477", "234-15"}, {"44778", "O2"}};
  EXPECT_EQ(find(), (std::vector{kTwo, kOne}));
  catalogue.carrier_prefixes[0].carrier = "234-30";
  EXPECT_EQ(find(), std::vector{kOne});
  EXPECT_EQ(lines[1].standing, Standing::OtherCarrier);
  catalogue.carrier_prefixes.clear();
  EXPECT_EQ(find(), std::vector{kOne}) << "not known is none";
  catalogue.carrier_prefixes = {{"447700", "Vodafone"}};
  catalogue.routes[1].carrier = "VODAFONE";
  EXPECT_EQ(find(), (std::vector{kTwo, kOne}));
}

TEST_F(RouterTest, WhatDeliversTooLittleComesAfterTheOthers) {
  catalogue.routes[0].min_quality = 90;
  add(kTwo).priority = 200;
  EXPECT_EQ(find(), (std::vector{kOne, kTwo})) << "not measured is good";
  quality = {{kOne, 89}};
  EXPECT_EQ(find(), (std::vector{kTwo, kOne}));
  EXPECT_EQ(lines[0].standing, Standing::LowQuality);
  EXPECT_EQ(lines[0].quality, 89);
  EXPECT_EQ(lines[1].quality, std::nullopt);
  down = {kTwo};
  EXPECT_EQ(find(), (std::vector{kOne, kTwo})) << "but before what is away";
  quality = {{kOne, 90}};
  down = {};
  EXPECT_EQ(find(), (std::vector{kOne, kTwo}));
}

TEST_F(RouterTest, TheBetterBeforeTheCheaperWhereARouteSaysSo) {
  add(kTwo);  // the cheaper
  quality = {{kOne, 97}, {kTwo, 84}};
  EXPECT_EQ(find(), (std::vector{kTwo, kOne}));
  catalogue.routes[0].by_quality = true;
  EXPECT_EQ(find(), (std::vector{kOne, kTwo}));
  quality = {{kOne, 97}, {kTwo, 96}};
  EXPECT_EQ(find(), (std::vector{kTwo, kOne})) << "about as good, and cheaper";
  quality = {{kOne, 97}, {kTwo, 84}};
  catalogue.routes[1].priority = 50;
  EXPECT_EQ(find(), (std::vector{kTwo, kOne})) << "priority goes before both";
}

TEST_F(RouterTest, DisabledConnectorFalls) {
  catalogue.connectors[0].enabled = false;
  EXPECT_TRUE(find().empty());
  EXPECT_EQ(lines[0].standing, Standing::ConnectorDisabled);
}

TEST_F(RouterTest, SenderKeywordAndTime) {
  auto& route = catalogue.routes[0];
  route.sender = "1202*";
  EXPECT_FALSE(find().empty());
  route.sender = "1203*";
  EXPECT_TRUE(find().empty());
  EXPECT_EQ(lines[0].standing, Standing::OtherSender);
  route.sender = "";
  route.keyword = "VOTE";
  EXPECT_TRUE(find().empty());
  EXPECT_FALSE(find(" vote A").empty());
  route.keyword = "";
  route.from_minute = 22 * 60;
  route.to_minute = 6 * 60;
  EXPECT_TRUE(find().empty());
  EXPECT_FALSE(find("x", 0, WallTime(std::chrono::hours(23))).empty());
  EXPECT_FALSE(find("x", 0, WallTime(std::chrono::hours(5))).empty());
}

}  // namespace
}  // namespace warp::messaging::test
