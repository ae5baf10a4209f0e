#include "warp/calls/overload_params.h"

#include <gtest/gtest.h>

namespace warp::calls {
namespace {

using namespace std::chrono_literals;

TEST(OverloadParams, FindWhoUnderstandsLoss) {
  EXPECT_TRUE(offers_overload_control("SIP/2.0/UDP a:5060;branch=z9;oc;oc-algo=\"loss\""));
  EXPECT_TRUE(offers_overload_control("SIP/2.0/UDP a ; OC ; oc-algo = \"A, Loss\" ;rport"));
  EXPECT_FALSE(offers_overload_control("SIP/2.0/UDP a;branch=z9;oc"));
  EXPECT_FALSE(offers_overload_control("SIP/2.0/UDP a;oc;oc-algo=\"rate\""));
  EXPECT_FALSE(offers_overload_control("SIP/2.0/UDP a;branch=\";oc;oc-algo=loss\""));
  EXPECT_FALSE(offers_overload_control("SIP/2.0/UDP a;branch=z9, SIP/2.0/UDP b;oc;oc-algo=\"loss\""));
  EXPECT_FALSE(offers_overload_control(""));
}

TEST(OverloadParams, ReadWhatAFarEndSays) {
  const auto report =
      read_load("SIP/2.0/UDP a;oc=20;oc-algo=\"loss\";oc-validity=1000;oc-seq=1282321615.782");
  ASSERT_TRUE(report);
  EXPECT_EQ(report->loss_percent, 20u);
  EXPECT_EQ(report->validity, 1000ms);
  EXPECT_EQ(report->sequence, "1282321615.782");
  EXPECT_EQ(read_load("SIP/2.0/UDP a;oc=7")->validity, 500ms) << "the RFC's default";
  for (const char* bad : {"SIP/2.0/UDP a", "SIP/2.0/UDP a;oc", "SIP/2.0/UDP a;oc=101", "SIP/2.0/UDP a;oc=-1",
                          "SIP/2.0/UDP a;oc=20;oc-validity=x", "SIP/2.0/UDP a;oc=20;oc-algo=\"rate\"",
                          "SIP/2.0/UDP a;oc=99999999999999999999"})
    EXPECT_FALSE(read_load(bad)) << bad;
}

TEST(OverloadParams, KnowTheLaterSequence) {
  EXPECT_TRUE(later_sequence("10", "9"));
  EXPECT_FALSE(later_sequence("9", "10"));
  EXPECT_TRUE(later_sequence("1282321615.783", "1282321615.782"));
  EXPECT_FALSE(later_sequence("5", "5"));
  EXPECT_TRUE(later_sequence("1", ""));
}

TEST(OverloadParams, CompleteTheTopmostVia) {
  std::string response =
      "SIP/2.0 503 Busy\r\nVia: SIP/2.0/UDP a;oc;branch=z9;oc-algo=\"loss,A\" ;rport=5\r\nVia: SIP/2.0/UDP "
      "b;oc\r\n\r\n";
  tell_load(response, {40, 500ms, "77"});
  EXPECT_EQ(response,
            "SIP/2.0 503 Busy\r\nVia: SIP/2.0/UDP "
            "a;oc=40;oc-validity=500;oc-seq=77;oc-algo=\"loss\";branch=z9 ;rport=5\r\nVia: SIP/2.0/UDP "
            "b;oc\r\n\r\n");
  const auto read = read_load(std::string_view(response).substr(23, 90));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->loss_percent, 40u);
  std::string without = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=z9\r\n\r\n";
  const std::string before = without;
  tell_load(without, {40, 500ms, "77"});
  EXPECT_EQ(without, before);
}

}  // namespace
}  // namespace warp::calls
