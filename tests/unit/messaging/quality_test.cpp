// Routing by what receipts say, and one way for the parts of a message.
#include "unit/messaging/world.h"

namespace warp::messaging::test {
namespace {

using namespace std::chrono_literals;

class QualityRouting : public World {
 protected:
  QualityRouting() {
    add_second_route(catalogue, 200);
    upstream.window[kTwo.value] = 100;
  }
  // Sent by where it goes, and this becomes of it.
  ConnectorId outcome(const std::string& state, const char* number = kPhone) {
    auto s = text("m");
    s.to.digits = number;
    s.receipts = domain::ReceiptWish::None;
    send(s);
    const auto index = upstream.size() - 1;
    const ConnectorId connector{upstream.at(index).peer};
    const auto id = std::to_string(index);
    answer(index, smpp::Status::Ok, id);
    receipt(connector, id, state);
    return connector;
  }
  std::optional<std::uint8_t> measured() {
    for (const auto& line : service->explain(text("m")))
      if (line.connector == kOne) return line.quality;
    return std::nullopt;
  }
  domain::MessagingCatalogue catalogue = sample_catalogue();
};

TEST_F(QualityRouting, Complaint_AConnectorThatDoesNotDeliverIsPassedOver) {
  catalogue.routes[0].min_quality = 50;
  boot(catalogue);
  for (int i = 0; i < 19; ++i)
    EXPECT_EQ(outcome("UNDELIV"), kOne) << "too little is known";
  EXPECT_EQ(measured(), std::nullopt);
  outcome("UNDELIV");
  outcome("UNDELIV");
  EXPECT_EQ(measured(), 0);
  EXPECT_EQ(outcome("DELIVRD"), kTwo);
  EXPECT_EQ(service->explain(text("m"))[0].standing, Standing::LowQuality);
  auto elsewhere = text("m");
  elsewhere.to.digits = "12125550111";
  EXPECT_EQ(service->explain(elsewhere)[0].standing, Standing::Candidate) << "other numbers, other ways";
  advance(20min);
  EXPECT_EQ(outcome("DELIVRD"), kOne) << "what is old is forgotten: tried again";
}

TEST_F(QualityRouting, WhatIsNewerCountsMore) {
  boot(catalogue);
  for (int i = 0; i < 40; ++i)
    outcome("UNDELIV");
  advance(15min);
  for (int i = 0; i < 20; ++i)
    outcome("DELIVRD");
  ASSERT_TRUE(measured().has_value());
  EXPECT_NEAR(*measured(), 50, 1);
}

TEST_F(QualityRouting, PartsOfOneMessageTakeOneConnector) {
  catalogue.connectors[0].rate_plan.reset();
  catalogue.connectors[1].rate_plan.reset();
  catalogue.routes[1].priority = catalogue.routes[0].priority;
  boot(catalogue);
  int second = 0;
  for (int message = 0; message < 60; ++message) {
    const auto before = upstream.size();
    for (int part = 1; part <= 3; ++part) {
      auto s = from_esme("part");
      s.binary_coding = 0;
      s.udh = std::string("\x05\x00\x03", 3) + static_cast<char>(message) + '\x03' + static_cast<char>(part);
      send(s);
    }
    ASSERT_EQ(upstream.size(), before + 3);
    EXPECT_EQ(upstream.at(before).peer, upstream.at(before + 1).peer);
    EXPECT_EQ(upstream.at(before).peer, upstream.at(before + 2).peer);
    second += upstream.at(before).peer == kTwo.value;
    for (auto i = before; i < before + 3; ++i)
      answer(i, smpp::Status::Ok, std::to_string(i));
  }
  EXPECT_GT(second, 15) << "and messages are shared all the same";
  EXPECT_LT(second, 45);
}

TEST_F(QualityRouting, PartsStayTogetherWhenABetterWayOpens) {
  boot(catalogue);
  bind(kOne, 0);
  const auto part = [&](char number) {
    auto s = from_esme("part");
    s.binary_coding = 0;
    s.udh = std::string("\x05\x00\x03\x2A\x02", 5) + number;
    send(s);
  };
  part(1);
  bind(kOne, 10);
  part(2);
  ASSERT_EQ(upstream.size(), 2u);
  EXPECT_EQ(upstream.at(0).peer, kTwo.value);
  EXPECT_EQ(upstream.at(1).peer, kTwo.value);
}

}  // namespace
}  // namespace warp::messaging::test
