#include "warp/api/authenticator.h"

#include <boost/asio.hpp>
#include <gtest/gtest.h>

#include "support/fake_keys.h"
#include "support/manual_clock.h"

namespace warp::api {
namespace {

using namespace std::chrono_literals;
constexpr const char* kBootstrap = "rk_bootstrap_0123456789abcdef";

class AuthenticatorTest : public ::testing::Test {
 protected:
  AuthenticatorTest() {
    customer_.value.bytes[0] = 1;
    keys_.add("rk_customer", customer_, {"trunks:read"});
    keys_.add("rk_operator", std::nullopt, {std::string(kSuperadmin)});
  }

  Outcome<Principal> ask(std::string header, std::string address = "192.0.2.1") {
    boost::asio::io_context io;
    auto future =
        boost::asio::co_spawn(io, authenticator_.authenticate(header, address), boost::asio::use_future);
    io.run();
    return future.get();
  }
  std::string code(std::string header, std::string address = "192.0.2.1") {
    const auto outcome = ask(std::move(header), std::move(address));
    return outcome ? "ok" : std::string(to_string(outcome.error().code));
  }

  static Settings configured() {
    Settings settings;
    settings.bootstrap_key = kBootstrap;
    settings.failure_rate = {1, 3};
    return settings;
  }

  const Settings settings_ = configured();
  test::ManualClock clock_;
  test::FakeKeys keys_;
  CustomerId customer_;
  Authenticator authenticator_{keys_, settings_, clock_};
};

TEST_F(AuthenticatorTest, KnowsItsKeys) {
  const auto customer = ask("Bearer rk_customer");
  ASSERT_TRUE(customer);
  EXPECT_EQ(customer->customer, customer_);
  EXPECT_FALSE(customer->is_operator());
  EXPECT_TRUE(customer->may("trunks:read"));
  EXPECT_FALSE(customer->may("trunks:write"));
  const auto boss = ask("bearer rk_operator");
  ASSERT_TRUE(boss);
  EXPECT_TRUE(boss->may("trunks:write"));
}

TEST_F(AuthenticatorTest, BootstrapKeyNeedsNoDatabase) {
  keys_.available = false;
  const auto boss = ask(std::string("Bearer ") + kBootstrap);
  ASSERT_TRUE(boss);
  EXPECT_TRUE(boss->may(kSuperadmin));
  EXPECT_EQ(boss->actor(), "bootstrap");
  EXPECT_EQ(keys_.lookups, 0);
}

TEST_F(AuthenticatorTest, ShortBootstrapKeyIsNone) {
  Settings settings;
  settings.bootstrap_key = "rk_short";
  Authenticator authenticator(keys_, settings, clock_);
  boost::asio::io_context io;
  auto future =
      boost::asio::co_spawn(io, authenticator.authenticate("Bearer rk_short", ""), boost::asio::use_future);
  io.run();
  EXPECT_FALSE(future.get());
}

TEST_F(AuthenticatorTest, RefusesEverythingElse) {
  int address = 0;
  for (const char* bad :
       {"", "Bearer", "Bearer ", "Basic rk_customer", "rk_customer", "Bearer rk_customer2",
        "Bearer RK_CUSTOMER", "Bearer rk_customer rk_customer", "Bearer eyJhbGciOiJub25lIn0.e30."})
    EXPECT_EQ(code(bad, std::to_string(++address)), "UNAUTHORIZED") << bad;
  EXPECT_EQ(code("Bearer rk_" + std::string(10'000, 'x')), "UNAUTHORIZED");
}

TEST_F(AuthenticatorTest, CustomersKeyIsNeverSuperadmin) {
  keys_.add("rk_forged", customer_, {std::string(kSuperadmin)});
  const auto principal = ask("Bearer rk_forged");
  ASSERT_TRUE(principal);
  EXPECT_FALSE(principal->may("trunks:write"));
}

TEST_F(AuthenticatorTest, RevokedExpiredAndSuspended) {
  keys_.add("rk_revoked", customer_, {}).revoked_at = clock_.wall() - 1s;
  keys_.add("rk_expiring", customer_, {}).expires_at = clock_.wall() + 500ms;
  keys_.add("rk_suspended", customer_, {}).customer_active = false;
  EXPECT_EQ(code("Bearer rk_revoked"), "UNAUTHORIZED");
  EXPECT_EQ(code("Bearer rk_suspended"), "NO_ACTIVE_CUSTOMER");
  EXPECT_EQ(code("Bearer rk_expiring"), "ok");
  clock_.advance(600ms);
  EXPECT_EQ(code("Bearer rk_expiring"), "UNAUTHORIZED") << "also from the cache";
}

TEST_F(AuthenticatorTest, CachesForItsTimeAndNoLonger) {
  EXPECT_EQ(code("Bearer rk_customer"), "ok");
  EXPECT_EQ(code("Bearer rk_customer"), "ok");
  EXPECT_EQ(keys_.lookups, 1);
  keys_.add("rk_customer", customer_, {}).revoked_at = clock_.wall();
  clock_.advance(settings_.key_cache_ttl);
  EXPECT_EQ(code("Bearer rk_customer"), "UNAUTHORIZED");
  EXPECT_EQ(keys_.lookups, 2);
}

TEST_F(AuthenticatorTest, ForgetsWhenTold) {
  EXPECT_EQ(code("Bearer rk_customer"), "ok");
  keys_.add("rk_customer", customer_, {}).revoked_at = clock_.wall();
  authenticator_.forget();
  EXPECT_EQ(code("Bearer rk_customer"), "UNAUTHORIZED");
}

TEST_F(AuthenticatorTest, SlowsDownGuessersWithoutLookups) {
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(code("Bearer rk_guess" + std::to_string(i)), "UNAUTHORIZED");
  EXPECT_EQ(code("Bearer rk_guess4"), "RATE_LIMITED");
  EXPECT_EQ(keys_.lookups, 3);
  EXPECT_EQ(code("Bearer rk_guess5", "192.0.2.2"), "UNAUTHORIZED") << "another address";
  clock_.advance(1s);
  EXPECT_EQ(code("Bearer rk_customer"), "ok");
  EXPECT_EQ(code("Bearer rk_guess6"), "UNAUTHORIZED");
  EXPECT_EQ(code("Bearer rk_guess7"), "RATE_LIMITED");
  EXPECT_EQ(code("Bearer rk_customer"), "ok") << "a key in the cache is not held up";
}

TEST_F(AuthenticatorTest, DatabaseAwayIsNoVerdict) {
  keys_.available = false;
  EXPECT_EQ(code("Bearer rk_customer"), "SERVICE_UNAVAILABLE");
}

TEST_F(AuthenticatorTest, CollectsUsesOnceAKey) {
  code("Bearer rk_customer");
  code("Bearer rk_customer");
  code("Bearer rk_operator");
  code("Bearer rk_unknown");
  EXPECT_EQ(authenticator_.take_uses().size(), 2u);
  EXPECT_TRUE(authenticator_.take_uses().empty());
}

TEST_F(AuthenticatorTest, KeysOfSomeAddresses) {
  keys_.add("rk_office", customer_, {}).allowed = {*domain::Cidr::parse("192.0.2.0/28"),
                                                   *domain::Cidr::parse("2001:db8::/32")};
  EXPECT_EQ(code("Bearer rk_office", "192.0.2.15"), "ok");
  EXPECT_EQ(code("Bearer rk_office", "2001:db8::7"), "ok");
  EXPECT_EQ(code("Bearer rk_office", "::ffff:192.0.2.15"), "ok") << "the same address, written for IPv6";
  EXPECT_EQ(code("Bearer rk_office", "192.0.2.16"), "ADDRESS_NOT_ALLOWED") << "also from the cache";
  EXPECT_EQ(code("Bearer rk_office", ""), "ADDRESS_NOT_ALLOWED") << "a peer without an address";
  EXPECT_EQ(keys_.lookups, 1);
}

TEST_F(AuthenticatorTest, AnAddressThatIsNotAllowedIsNoGuess) {
  keys_.add("rk_office", customer_, {}).allowed = {*domain::Cidr::parse("192.0.2.0/28")};
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(code("Bearer rk_office", "203.0.113.1"), "ADDRESS_NOT_ALLOWED");
  EXPECT_EQ(code("Bearer rk_customer", "203.0.113.1"), "ok");
}

TEST_F(AuthenticatorTest, ASecretThatWasReplacedEndsWithItsOverlap) {
  keys_.add("rk_before", customer_, {}).superseded_at = clock_.wall() + 500ms;
  EXPECT_EQ(code("Bearer rk_before"), "ok");
  clock_.advance(500ms);
  EXPECT_EQ(code("Bearer rk_before"), "UNAUTHORIZED") << "also from the cache";
}

TEST_F(AuthenticatorTest, TheFirstUseOfADayFromAnAddressIsTold) {
  const auto addresses = [&] {
    std::vector<std::string> out;
    for (const auto& use : authenticator_.take_uses())
      out.push_back(use.address);
    return out;
  };
  using Texts = std::vector<std::string>;
  code("Bearer rk_customer", "192.0.2.1");
  code("Bearer rk_customer", "192.0.2.1");
  code("Bearer rk_customer", "192.0.2.2");
  EXPECT_EQ(addresses(), (Texts{"192.0.2.1", "192.0.2.2"}));
  code("Bearer rk_customer", "192.0.2.1");
  EXPECT_EQ(addresses(), (Texts{""})) << "a use, and no first one";
  clock_.advance(24h);
  code("Bearer rk_customer", "192.0.2.1");
  EXPECT_EQ(addresses(), (Texts{"192.0.2.1"}));
}

TEST_F(AuthenticatorTest, OtherProofsShareTheCountOfFailures) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(authenticator_.banned("192.0.2.1"));
    authenticator_.count_failure("192.0.2.1");
  }
  const auto banned = authenticator_.banned("192.0.2.1");
  ASSERT_TRUE(banned);
  EXPECT_EQ(banned->code, ErrorCode::RateLimited);
  EXPECT_EQ(code("Bearer rk_customer"), "RATE_LIMITED");
  EXPECT_FALSE(authenticator_.banned("192.0.2.2"));
}

// Knows one token, and counts what it is asked.
class OneToken final : public TokenVerifier {
 public:
  boost::asio::awaitable<Outcome<Principal>> verify(std::string token, std::string) override {
    if (token != "wa_good") co_return Failure{ErrorCode::Unauthorized, ""};
    Principal principal;
    principal.kind = PrincipalKind::Session;
    co_return principal;
  }
  boost::asio::awaitable<Outcome<Principal>> redeem(std::string) override {
    co_return Failure{ErrorCode::Unauthorized, ""};
  }
  void forget() override { ++forgotten; }
  int forgotten = 0;
};

TEST_F(AuthenticatorTest, WhatIsNoKeyIsForTheVerifierOfTokens) {
  EXPECT_EQ(code("Bearer wa_good"), "UNAUTHORIZED") << "nobody verifies tokens yet";
  OneToken tokens;
  authenticator_.use(&tokens);
  const auto principal = ask("Bearer wa_good");
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->kind, PrincipalKind::Session);
  EXPECT_EQ(code("Bearer wa_bad"), "UNAUTHORIZED");
  EXPECT_EQ(code("Bearer wa_bad"), "UNAUTHORIZED");
  EXPECT_EQ(code("Bearer wa_good"), "RATE_LIMITED") << "failures count as those of keys";
  authenticator_.forget();
  EXPECT_EQ(tokens.forgotten, 1);
}

TEST(MakeKey, IsLongRandomAndPrefixed) {
  SeededIdSource ids(7);
  const auto live = make_key(ids, false);
  const auto test = make_key(ids, true);
  EXPECT_EQ(live.secret.size(), 3u + 64);
  EXPECT_TRUE(live.secret.starts_with("rk_"));
  EXPECT_FALSE(live.secret.starts_with("rk_test_"));
  EXPECT_TRUE(test.secret.starts_with("rk_test_"));
  EXPECT_TRUE(live.secret.starts_with(live.prefix));
  EXPECT_LE(test.prefix.size(), 24u);
  EXPECT_EQ(hash_key(live.secret), live.hash);
  EXPECT_NE(live.secret, make_key(ids, false).secret);
}

}  // namespace
}  // namespace warp::api
