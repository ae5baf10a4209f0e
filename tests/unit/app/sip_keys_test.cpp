#include "app/config_keys.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace warp::app {
namespace {

using testing::HasSubstr;

class SipKeys : public testing::Test {
 protected:
  SipKeys() {
    auto pattern = (std::filesystem::temp_directory_path() / "warp-keys-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    pem_ = (folder_ / "some.pem").string();
    std::ofstream(pem_) << "x";
  }
  ~SipKeys() override { std::filesystem::remove_all(folder_); }

  LoadedConfig load(const std::string& text) const {
    const auto file = (folder_ / "warp.yaml").string();
    std::ofstream(file) << text;
    return load_config(file);
  }
  std::string fault(const std::string& text) const {
    const auto loaded = load(text);
    return loaded.faults.empty() ? "none" : loaded.faults.front().to_string();
  }
  std::string profile(const std::string& name, const std::string& more = {}) const {
    return "{name: " + name + ", certificate_file: " + pem_ + ", key_file: " + pem_ + more + "}";
  }

  std::filesystem::path folder_;
  std::string pem_;
};

TEST_F(SipKeys, EveryTransportIsRead) {
  const auto loaded = load(
      "sip:\n  large_requests: udp\n  listeners:\n"
      "    - {bind: '127.0.0.1:5060'}\n"
      "    - {bind: '127.0.0.1:5060', transport: TCP, advertise: '192.0.2.1'}\n"
      "    - {bind: '[::1]:5061', transport: TLS, tls_profile: [b, a]}\n"
      "    - {bind: '127.0.0.1:5062', transport: WS}\n"
      "    - {bind: '127.0.0.1:5063', transport: WSS, tls_profile: a}\n"
      "  tls: {profiles: [" +
      profile("a", ", ca_file: " + pem_ + ", verify: required, min_version: 1.3") + ", " + profile("b") +
      "]}\n  streams: {max_connections: 5, idle_timeout: 1m, ping_interval: 0s, origins: "
      "'https://a.example'}\n");
  ASSERT_TRUE(loaded.faults.empty()) << loaded.faults.front().to_string();
  const auto& sip = loaded.config.sip;
  ASSERT_EQ(sip.listeners.size(), 5u);
  EXPECT_EQ(sip.listeners[0].transport, domain::SipTransport::Udp);
  EXPECT_EQ(sip.listeners[1].advertise->to_string(), "192.0.2.1:0");
  EXPECT_EQ(sip.listeners[2].tls_profiles, (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(sip.listeners[4].transport, domain::SipTransport::Wss);
  EXPECT_EQ(sip.tls_profiles[0].verify, sip::TlsProfile::Verify::Required);
  EXPECT_TRUE(sip.tls_profiles[0].only_tls13);
  EXPECT_FALSE(sip.tls_profiles[1].only_tls13);
  EXPECT_EQ(sip.large_requests, sip::LargeRequests::Udp);
  EXPECT_EQ(sip.streams.max_connections, 5u);
  EXPECT_EQ(sip.streams.ping_interval.count(), 0);
}

TEST_F(SipKeys, WhatIsShownReadsTheSame) {
  const std::string text =
      "sip: {listeners: [{bind: '127.0.0.1:5061', transport: TLS, advertise: 192.0.2.1, tls_profile: a}], "
      "tls: {profiles: [" +
      profile("a", ", verify: optional, wildcards: true, ciphers: HIGH") + "]}}";
  auto first = load(text).config;
  std::string shown = "sip: {tls: {profiles: ";
  for (const auto& key : keys_of(first))
    if (key.path == "sip.tls.profiles") shown += key.show();
  shown += "}, listeners: ";
  for (const auto& key : keys_of(first))
    if (key.path == "sip.listeners") shown += key.show();
  auto second = load(shown + "}");
  ASSERT_TRUE(second.faults.empty()) << second.faults.front().to_string();
  const auto changes = compare(first, second.config);
  EXPECT_TRUE(changes.live.empty() && changes.restart.empty());
}

TEST_F(SipKeys, WhatDoesNotFitIsNamed) {
  EXPECT_THAT(fault("sip: {listeners: [{bind: '127.0.0.1:1', transport: SCTP}]}"), HasSubstr("not `SCTP`"));
  EXPECT_THAT(fault("sip: {listeners: [{bind: '127.0.0.1:1', transport: TLS}]}"),
              HasSubstr("without a profile"));
  EXPECT_THAT(fault("sip: {listeners: [{bind: '127.0.0.1:1', transport: TLS, tls_profile: a}]}"),
              HasSubstr("not in sip.tls.profiles"));
  EXPECT_THAT(fault("sip: {listeners: [{bind: '127.0.0.1:1', tls_profile: a}]}"),
              HasSubstr("not TLS or WSS"));
  EXPECT_THAT(
      fault("sip: {listeners: [{bind: '127.0.0.1:1', transport: TLS, tls_profile: a}], tls: {profiles: "
            "[{name: a}]}}"),
      HasSubstr("has no certificate"));
  EXPECT_THAT(fault("sip: {tls: {profiles: [{name: a, certificate_file: x}]}}"),
              HasSubstr("without its key_file"));
  EXPECT_THAT(fault("sip: {tls: {profiles: [{name: a, ca_file: /does/not/exist}]}}"),
              HasSubstr("cannot be read: /does/not/exist"));
  EXPECT_THAT(fault("sip: {tls: {profiles: [{ca_file: x}]}}"), HasSubstr("without `name`"));
  EXPECT_THAT(fault("sip: {tls: {profiles: [" + profile("a") + ", " + profile("a") + "]}}"),
              HasSubstr("twice"));
  EXPECT_THAT(fault("sip: {tls: {profiles: [{name: a, verify: maybe}]}}"), HasSubstr("not `maybe`"));
  EXPECT_THAT(fault("sip: {tls: {profiles: [{name: a, min_version: 1.1}]}}"), HasSubstr("not `1.1`"));
  EXPECT_THAT(fault("sip: {large_requests: sctp}"), HasSubstr("one of: tcp, udp"));
}

}  // namespace
}  // namespace warp::app
