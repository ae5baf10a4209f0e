#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/app/config_text.h"

namespace warp::app {
namespace {

using testing::HasSubstr;

TEST(LimitsConfig, IsRead) {
  const auto loaded = load_text(
      "sip:\n"
      "  protection: {ban_score: 7, ban_time: 30s, allowed: '192.0.2.0/24 2001:db8::1'}\n"
      "  overload: {enabled: false, target: 50ms, ask_far_ends: true}\n"
      "limits: {cluster: {interval: 100ms}, audit_interval: 5s}\n");
  ASSERT_TRUE(loaded.faults.empty()) << loaded.faults.front().to_string();
  EXPECT_EQ(loaded.config.sip.protection.ban_score, 7u);
  EXPECT_EQ(loaded.config.sip.protection.ban_time, std::chrono::seconds(30));
  EXPECT_FALSE(loaded.config.sip.overload.enabled);
  EXPECT_TRUE(loaded.config.sip.overload.ask_far_ends);
  EXPECT_EQ(loaded.config.sip.overload.target, std::chrono::milliseconds(50));
  EXPECT_EQ(loaded.config.limits.cluster.interval, std::chrono::milliseconds(100));
}

TEST(LimitsConfig, RefusesWhatCannotWork) {
  EXPECT_THAT(fault_in("sip: {protection: {allowed: '192.0.2.0/24 friends'}}\n"), HasSubstr("friends"));
  EXPECT_THAT(fault_in("limits: {cluster: {interval: 2s, life: 3s}}\n"), HasSubstr("limits.cluster.life"));
  EXPECT_THAT(fault_in("sip: {protection: {ban_time: 2h, longest_ban: 1h}}\n"), HasSubstr("longest_ban"));
}

}  // namespace
}  // namespace warp::app
