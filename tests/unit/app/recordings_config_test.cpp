#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/config_keys.h"
#include "unit/app/config_text.h"

namespace warp::app {
namespace {

std::vector<std::string> faulty_keys(const Config& config) {
  std::vector<std::string> out;
  for (const auto& fault : cross_check(config, "f"))
    if (fault.key.starts_with("recordings")) out.push_back(fault.key);
  return out;
}

TEST(RecordingsConfig, FaultsAreNamed) {
  Config config;
  EXPECT_TRUE(faulty_keys(config).empty());
  config.recordings.key_file = "/nonexistent";
  EXPECT_EQ(faulty_keys(config), (std::vector<std::string>{"recordings.key_file"}));
  config.recordings.key_file.clear();
  config.recordings.upload.url = "https://h/the-same";
  EXPECT_EQ(faulty_keys(config), (std::vector<std::string>{"recordings.upload.url"}));
  config.recordings.upload.url = "https://h/{id}";
  EXPECT_TRUE(faulty_keys(config).empty());
  config.recordings.upload.command = "/bin/true";
  EXPECT_EQ(faulty_keys(config), (std::vector<std::string>{"recordings.upload"}));
}

TEST(RecordersConfig, AreReadByPriority) {
  ::setenv("WARP_TEST_RECORDER", "secret", 1);
  const auto loaded = load_text(
      "recordings: {siprec: {timeout: 2s, fallback: wav, targets: ["
      "{uri: 'sips:srs2.example.net', priority: 2, srtp: true, tls_profile: lan}, "
      "{uri: 'sip:rec@[2001:db8::1]:5070;transport=tcp', recorder: legal, username: warp, realm: srs, "
      "password: {env: WARP_TEST_RECORDER}}]}}\n");
  ASSERT_TRUE(loaded.faults.empty()) << loaded.faults.front().to_string();
  const auto& siprec = loaded.config.recordings.siprec;
  EXPECT_EQ(siprec.timeout, std::chrono::seconds(2));
  EXPECT_EQ(siprec.fallback, domain::RecordingForm::WavMono);
  ASSERT_EQ(siprec.targets.size(), 2u);
  EXPECT_EQ(siprec.targets[0].recorder, "legal");
  EXPECT_EQ(siprec.targets[0].user, "rec");
  EXPECT_EQ(siprec.targets[0].destination.host, "2001:db8::1");
  EXPECT_EQ(siprec.targets[0].destination.port, 5070);
  EXPECT_EQ(siprec.targets[0].destination.transport, domain::SipTransport::Tcp);
  EXPECT_EQ(siprec.targets[0].secret, sip::make_digest_secret("warp", "srs", "secret"));
  EXPECT_TRUE(siprec.targets[1].destination.sips && siprec.targets[1].srtp);
  EXPECT_EQ(siprec.targets[1].tls_profile, "lan");
}

TEST(RecordersConfig, RefusesWhatCannotBe) {
  const auto target = [](const std::string& text) {
    return fault_in("recordings: {siprec: {targets: [{" + text + "}]}}\n");
  };
  EXPECT_THAT(target("recorder: x"), testing::HasSubstr("without `uri`"));
  EXPECT_THAT(target("uri: 'tel:+1'"), testing::HasSubstr("sip: or sips: URI"));
  EXPECT_THAT(target("uri: 'sip:h;transport=sctp'"), testing::HasSubstr("not spoken here"));
  EXPECT_THAT(target("uri: 'sip:h', username: u"), testing::HasSubstr("together"));
  EXPECT_THAT(target("uri: 'sip:h', username: u, realm: r, password: p"),
              testing::HasSubstr("must not stand"));
  EXPECT_THAT(target("uri: 'sip:h', srtp: maybe"), testing::HasSubstr("true or false"));
  EXPECT_THAT(target("uri: 'sip:h', port: 5"), testing::HasSubstr("unknown key"));
  EXPECT_THAT(fault_in("recordings: {siprec: {fallback: mp3}}\n"), testing::HasSubstr("one of"));
}

}  // namespace
}  // namespace warp::app
