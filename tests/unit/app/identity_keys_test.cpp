#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/config_keys.h"

namespace warp::app {
namespace {

using testing::HasSubstr;

class IdentityKeys : public testing::Test {
 protected:
  IdentityKeys()
      : file_(std::filesystem::temp_directory_path() /
              ("warp-identity-" + std::to_string(getpid()) + ".yaml")) {}
  ~IdentityKeys() override { std::filesystem::remove(file_); }

  LoadedConfig load(const std::string& text) {
    std::ofstream(file_) << text;
    return load_config(file_);
  }
  std::string fault(const std::string& text) {
    const auto loaded = load(text);
    EXPECT_EQ(loaded.faults.size(), 1u) << text;
    return loaded.faults.empty() ? "" : loaded.faults.front().to_string();
  }
  static std::string provider(const std::string& rest) {
    return "identity: {oidc: {providers: [{issuer: 'https://id.example.com', audience: warp" + rest +
           "}]}}\n";
  }

  const std::filesystem::path file_;
};

TEST_F(IdentityKeys, ProvidersAreReadAndShownAlike) {
  const auto loaded =
      load(provider(", algorithms: [ES256, EdDSA], customer_claim: account, role_claim: r.x, "
                    "scope_claim: scope, roles: {'Our Admins': customer_admin, b: read_only}, "
                    "operators: true"));
  ASSERT_TRUE(loaded.faults.empty()) << loaded.faults.front().to_string();
  ASSERT_EQ(loaded.config.identity.oidc.providers.size(), 1u);
  const auto& read = loaded.config.identity.oidc.providers[0];
  EXPECT_EQ(read.algorithms, (std::vector{identity::Algorithm::ES256, identity::Algorithm::EdDSA}));
  EXPECT_EQ(read.roles[0].first, "Our Admins");
  EXPECT_TRUE(read.operators);
  auto config = loaded.config;
  for (const auto& key : keys_of(config))
    if (key.path == "identity.oidc.providers") {
      const auto again = load("identity: {oidc: {providers: " + key.show() + "}}\n");
      ASSERT_TRUE(again.faults.empty()) << key.show();
      EXPECT_EQ(again.config.identity.oidc.providers[0].roles, read.roles);
      EXPECT_EQ(again.config.identity.oidc.providers[0].role_claim, "r.x");
    }
}

TEST_F(IdentityKeys, WhatCannotWorkIsSaid) {
  EXPECT_THAT(fault(provider("")), HasSubstr("nobody gets in"));
  EXPECT_THAT(fault(provider(", operators: true, roles: {a: king}")), HasSubstr("no role of the system"));
  EXPECT_THAT(fault(provider(", operators: true, algorithms: [HS256]")), HasSubstr("RS256, ES256 and EdDSA"));
  EXPECT_THAT(fault(provider(", operators: true, issuers: x")), HasSubstr("unknown key `issuers`"));
  EXPECT_THAT(fault("identity: {oidc: {providers: [{issuer: 'http://id.example.com', audience: w, "
                    "operators: true}]}}\n"),
              HasSubstr("no https URL"));
  EXPECT_THAT(fault("identity: {oidc: {providers: [{audience: w}]}}\n"), HasSubstr("without `issuer`"));
  EXPECT_THAT(fault("identity: {mail: {host: mail.example.com}}\n"), HasSubstr("identity.mail.from"));
  EXPECT_THAT(fault("identity: {mail: {tls: maybe}}\n"), HasSubstr("identity.mail.tls"));
  EXPECT_THAT(fault("identity: {session_longest: 1h}\n"), HasSubstr("identity.session_longest"));
}

}  // namespace
}  // namespace warp::app
