#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/config_keys.h"
#include "app/local_addresses.h"
#include "app/media_settings.h"

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

TEST_F(SipKeys, AListenerHasItsNameItsPeersAndItsMedia) {
  const auto loaded = load(
      "sip:\n  listeners:\n"
      "    - {bind: '127.0.0.1:5060', transport: TCP, advertise: sip.example.net, media: outside}\n"
      "    - {bind: '0.0.0.0:5060', advertise: 'in.example.net:5070', peers: [10.0.0.0/8, 192.0.2.1]}\n"
      "    - {bind: '127.0.0.1:5070', media: outside, peers: 198.51.100.0/24}\n"
      "media:\n  interfaces:\n"
      "    - {bind: 127.0.0.1}\n    - {bind: 127.0.0.2, name: outside, advertise: 203.0.113.7}\n"
      "    - {bind: '::1', name: outside}\n");
  ASSERT_TRUE(loaded.faults.empty()) << loaded.faults.front().to_string();
  const auto& config = loaded.config;
  const auto& listeners = config.sip.listeners;
  EXPECT_EQ(listeners[0].advertise_name, "sip.example.net");
  EXPECT_FALSE(listeners[0].advertise);
  EXPECT_EQ(listeners[1].advertise_name, "in.example.net:5070");
  ASSERT_EQ(listeners[1].peers.size(), 2u);
  EXPECT_EQ(listeners[1].peers[1].to_string(), "192.0.2.1/32");
  EXPECT_EQ(media_networks(config), (std::vector<std::string>{"", "outside"}));
  // UDP first, as the transports number them.
  EXPECT_EQ(networks_of_listeners(config), (std::vector<std::uint8_t>{0, 1, 1}));
  const auto settings = media_settings(config);
  EXPECT_EQ(settings.v4->bind.to_string(), "127.0.0.1");
  EXPECT_FALSE(settings.v6);
  ASSERT_EQ(settings.further.size(), 1u);
  EXPECT_EQ(settings.further[0].v4->bind.to_string(), "127.0.0.2");
  EXPECT_EQ(settings.further[0].v4->advertised.to_string(), "203.0.113.7");
  EXPECT_EQ(settings.further[0].v6->advertised.to_string(), "::1");
  EXPECT_EQ(settings.coalesce, std::chrono::milliseconds(1));
  EXPECT_EQ(settings.realtime_priority, 0u);
  auto tuned = config;
  tuned.media.coalesce_us = 250;
  tuned.media.realtime_priority = 5;
  EXPECT_EQ(media_settings(tuned).coalesce, std::chrono::microseconds(250));
  EXPECT_EQ(media_settings(tuned).realtime_priority, 5u);

  auto first = config;
  std::string shown;
  for (const auto& key : keys_of(first)) {
    if (key.path == "sip.listeners") shown += "sip: {listeners: " + key.show() + "}\n";
    if (key.path == "media.interfaces") shown += "media: {interfaces: " + key.show() + "}\n";
  }
  auto second = load(shown);
  ASSERT_TRUE(second.faults.empty()) << second.faults.front().to_string();
  EXPECT_TRUE(compare(first, second.config).restart.empty());
}

TEST_F(SipKeys, AddressesOfMediaThatDoNotFitAreNamed) {
  const auto interfaces = [&](const std::string& text) {
    return fault("media: {interfaces: [" + text + "]}");
  };
  EXPECT_THAT(interfaces("{bind: 127.0.0.1, name: a}, {bind: 127.0.0.2, name: a}"),
              HasSubstr("one family named `a`"));
  EXPECT_THAT(interfaces("{bind: 127.0.0.1}, {bind: 0.0.0.0, advertise: 192.0.2.1, name: a}"),
              HasSubstr("on the same ports"));
  EXPECT_THAT(interfaces("{bind: 127.0.0.1, advertise: '::1'}"), HasSubstr("other family"));
  EXPECT_THAT(interfaces("{bind: 127.0.0.1, name: ''}"), HasSubstr("a word for name"));
  EXPECT_EQ(interfaces("{bind: 127.0.0.1}, {bind: 127.0.0.1, advertise: 192.0.2.1, name: a}"), "none");
  EXPECT_THAT(fault("sip: {listeners: [{bind: '127.0.0.1:5060', media: outside}]}"),
              HasSubstr("not in media.interfaces"));
  EXPECT_THAT(fault("sip: {listeners: [{bind: '127.0.0.1:5060', peers: example.net}]}"),
              HasSubstr("networks"));
  EXPECT_THAT(fault("sip: {listeners: [{bind: '127.0.0.1:5060', peers: []}]}"), HasSubstr("networks"));
  for (const char* bad : {"1.2.3", "-a-.example:5060:1", "sip.example.net:0", "a b", "''"})
    EXPECT_THAT(fault("sip: {listeners: [{bind: '127.0.0.1:5060', advertise: " + std::string(bad) + "}]}"),
                HasSubstr("for advertise"))
        << bad;
}

TEST_F(SipKeys, AddressesThatAreNotThisMachinesAreRefused) {
  Config config;
  EXPECT_TRUE(check_local_addresses(config, "warp.yaml").empty());
  config.media.interfaces.push_back({*domain::IpAddress::parse("192.0.2.77"), {}, "outside"});
  config.sip.listeners.push_back({*domain::SocketAddress::parse("192.0.2.78:5060"), {}});
  const auto faults = check_local_addresses(config, "warp.yaml");
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_THAT(faults[0].to_string(), HasSubstr("192.0.2.78, which cannot be bound"));
  EXPECT_EQ(faults[0].key, "sip.listeners");
  EXPECT_THAT(faults[1].to_string(), HasSubstr("192.0.2.77, which cannot be bound"));
  EXPECT_EQ(faults[1].key, "media.interfaces");
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
