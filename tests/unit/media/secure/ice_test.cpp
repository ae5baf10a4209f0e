#include "secure/ice.h"

#include <gtest/gtest.h>

#include "warp/stun/message.h"

namespace warp::media {
namespace {

using namespace std::chrono_literals;

const Monotonic kIceStart{1000s};
const domain::IceTerms kIceTerms{"ours", "our-password-of-22-chars", "them", "their-password-22-chars."};
constexpr stun::TransactionId kIceTransaction{std::byte{1}, std::byte{2}, std::byte{3}};

domain::SocketAddress place(unsigned host) {
  return {domain::IpAddress::v4(0x0a000000u + host), static_cast<std::uint16_t>(4000 + host)};
}

struct Check {
  std::string username = "ours:them";
  std::string password = kIceTerms.local_password;
  std::uint32_t priority = 100;
  bool nominates = false, controlled = false, fingerprint = true, integrity = true, named = true;
  stun::Class type = stun::Class::Request;
  std::uint16_t method = stun::kBinding;
  std::uint16_t unknown = 0;  // instead of the type of PRIORITY

  std::vector<std::byte> octets() const {
    std::array<std::byte, 300> room{};
    stun::Writer writer(room, type, kIceTransaction, method);
    if (named) writer.username(username);
    const auto at = writer.finish().size();
    writer.priority(priority);
    if (unknown != 0) {
      room[at] = static_cast<std::byte>(unknown >> 8);
      room[at + 1] = static_cast<std::byte>(unknown & 0xff);
    }
    if (controlled)
      writer.controlled(7);
    else
      writer.controlling(7);
    if (nominates) writer.use_candidate();
    if (integrity) writer.integrity(password);
    if (fingerprint) writer.fingerprint();
    const auto made = writer.finish();
    return {made.begin(), made.end()};
  }
};

struct Ice : ::testing::Test {
  IceLite ice{kIceTerms};
  Monotonic now = kIceStart;
  std::array<std::byte, IceLite::kMostResponse> room{};
  IceLite::Answer answer{};

  std::optional<stun::Message> send(const Check& check, const domain::SocketAddress& source) {
    const auto octets = check.octets();
    answer = ice.receive(octets, source, room, now);
    if (answer.size == 0) return std::nullopt;
    const auto message = stun::parse(std::span(room).first(answer.size));
    EXPECT_TRUE(message && message->transaction == kIceTransaction && message->fingerprint);
    return message ? std::optional(*message) : std::nullopt;
  }
  unsigned code(const Check& check, const domain::SocketAddress& source) {
    const auto response = send(check, source);
    if (!response) return 0;
    return response->type == stun::Class::Success ? 200u : response->error_code.value_or(1);
  }
};

TEST_F(Ice, AnswersAGoodCheck) {
  EXPECT_FALSE(ice.valid(place(1)));
  EXPECT_FALSE(ice.consent(now));
  const auto response = send({}, place(1));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->type, stun::Class::Success);
  EXPECT_TRUE(stun::is_authentic(*response, kIceTerms.local_password));
  EXPECT_EQ(response->xor_mapped, (stun::Address{place(1).ip.bytes, false, 4001}));
  EXPECT_TRUE(ice.valid(place(1)));
  EXPECT_FALSE(ice.valid(place(2)));
  EXPECT_FALSE(ice.nominated());
  EXPECT_TRUE(ice.consent(now));
}

TEST_F(Ice, AnswersOverIpv6) {
  const domain::SocketAddress source{*domain::IpAddress::parse("2001:db8::7"), 9};
  const auto response = send({}, source);
  ASSERT_TRUE(response && response->xor_mapped);
  EXPECT_TRUE(response->xor_mapped->v6);
  EXPECT_EQ(response->xor_mapped->ip, source.ip.bytes);
}

TEST_F(Ice, RefusesByTheRfcsCodes) {
  EXPECT_EQ(code({.password = "another-password-of-22ch"}, place(1)), 401u);
  EXPECT_EQ(code({.password = kIceTerms.remote_password}, place(1)), 401u);
  for (const auto* name :
       {"", ":", "ours", "ours:", "ours:others", "them:ours", "oursx:them", "our:them", "ours:them:"})
    EXPECT_EQ(code({.username = name}, place(1)), 401u) << name;
  EXPECT_EQ(code({.integrity = false}, place(1)), 400u);
  EXPECT_EQ(code({.named = false}, place(1)), 400u);
  EXPECT_EQ(code({.controlled = true}, place(1)), 487u);
  EXPECT_FALSE(ice.valid(place(1)));
  EXPECT_FALSE(ice.nominated());
}

TEST_F(Ice, IsSilentToAllElse) {
  EXPECT_EQ(code({.fingerprint = false}, place(1)), 0u);
  for (const auto type : {stun::Class::Indication, stun::Class::Success, stun::Class::Failure})
    EXPECT_EQ(code({.type = type}, place(1)), 0u);
  EXPECT_EQ(code({.method = 3}, place(1)), 0u);
  const std::array<std::byte, 40> garbage{};
  EXPECT_EQ(ice.receive(garbage, place(1), room, now).size, 0u);
  EXPECT_EQ(ice.receive({}, place(1), room, now).size, 0u);
  EXPECT_FALSE(ice.valid(place(1)));
}

// Of PRIORITY's length, under a type that nobody knows.
TEST_F(Ice, RefusesAttributesThatItMustKnow) {
  Check check;
  check.unknown = 0x7f01;
  const auto response = send(check, place(1));
  ASSERT_TRUE(response);
  EXPECT_EQ(response->error_code, 420);
  EXPECT_TRUE(stun::is_authentic(*response, kIceTerms.local_password));
  EXPECT_FALSE(ice.valid(place(1)));
  check.unknown = 0xff01;  // one that may be passed over
  EXPECT_EQ(code(check, place(1)), 200u);
}

TEST_F(Ice, KnowsTheOfferersNameBeforeTheAnswersCame) {
  ice = IceLite({"ours", kIceTerms.local_password, "", ""});
  EXPECT_EQ(code({.username = "ours:whoever"}, place(1)), 200u);
  EXPECT_EQ(code({.username = "oursx"}, place(1)), 401u);
}

TEST_F(Ice, FollowsTheNomination) {
  EXPECT_EQ(code({.nominates = true}, place(1)), 200u);
  EXPECT_TRUE(answer.nominated);
  EXPECT_EQ(ice.nominated(), place(1));
  code({}, place(2));
  EXPECT_FALSE(answer.nominated);
  EXPECT_EQ(ice.nominated(), place(1));
  code({.priority = 200, .nominates = true}, place(2));
  EXPECT_EQ(ice.nominated(), place(2)) << "a better one";
  code({.priority = 100, .nominates = true}, place(1));
  EXPECT_FALSE(answer.nominated);
  EXPECT_EQ(ice.nominated(), place(2)) << "the better one stays";
  now += IceLite::kRenomination;
  code({.priority = 100, .nominates = true}, place(1));
  EXPECT_EQ(ice.nominated(), place(1)) << "unless its nominations have stopped";
}

TEST_F(Ice, GoesOnWhereItWas) {
  ice.resume(place(3), now);
  EXPECT_TRUE(ice.valid(place(3)));
  EXPECT_EQ(ice.nominated(), place(3));
  EXPECT_TRUE(ice.consent(now));
  code({.nominates = true}, place(4));
  EXPECT_EQ(ice.nominated(), place(4)) << "the first check that nominates decides";
}

TEST_F(Ice, ConsentEnds) {
  code({.nominates = true}, place(1));
  now += IceLite::kConsent - 1ms;
  EXPECT_TRUE(ice.consent(now));
  code({}, place(1));
  now += IceLite::kConsent - 1ms;
  EXPECT_TRUE(ice.consent(now));
  code({}, place(2));
  now += 1ms;
  EXPECT_FALSE(ice.consent(now)) << "another pair's checks are not the nominated one's";
}

TEST_F(Ice, KeepsSoManyPairsAndTheNominatedOne) {
  code({.nominates = true}, place(1));
  for (unsigned i = 2; i < 40; ++i) {
    now += 1ms;
    EXPECT_EQ(code({}, place(i)), 200u);
    EXPECT_TRUE(ice.valid(place(i)));
  }
  EXPECT_EQ(ice.nominated(), place(1));
  EXPECT_TRUE(ice.valid(place(1)));
  unsigned kept = 0;
  for (unsigned i = 1; i < 40; ++i)
    kept += ice.valid(place(i)) ? 1 : 0;
  EXPECT_EQ(kept, IceLite::kMostPairs);
}

}  // namespace
}  // namespace warp::media
