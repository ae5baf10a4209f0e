#include "warp/sip/auth/digest_server.h"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace warp::sip {
namespace {

using namespace std::chrono_literals;

const domain::IpAddress kClient = domain::IpAddress::v4(0xC0000201);
const domain::IpAddress kOther = domain::IpAddress::v4(0xC0000202);
constexpr std::string_view kUri = "sip:+14155550100@warp.example";

class DigestServerTest : public testing::Test {
 protected:
  DigestServerSettings settings(std::size_t nonces = 16) const {
    return {.key = "0123456789abcdef", .nonce_lifetime = 300s, .nonces = nonces};
  }
  std::string fresh_nonce(DigestServer& server, const domain::IpAddress& client = kClient) {
    return parse_challenge(server.challenges("warp", false, client, now_, ids_).front())->nonce;
  }
  DigestCredentials answer(std::string_view nonce, std::uint32_t count = 1,
                           DigestAlgorithm algorithm = DigestAlgorithm::Sha256) const {
    DigestCredentials said;
    said.username = "alice";
    said.realm = "warp";
    said.nonce = nonce;
    said.uri = kUri;
    said.algorithm = algorithm;
    char nc[9];
    std::snprintf(nc, sizeof nc, "%08x", count);
    said.nc = nc;
    said.cnonce = "c";
    said.response = digest_response(algorithm, secret_.of(algorithm),
                                    {"INVITE", said.uri, said.nonce, said.nc, said.cnonce})
                        .text();
    return said;
  }
  DigestVerdict verify(DigestServer& server, const DigestCredentials& said,
                       const domain::IpAddress& client = kClient) {
    return server.verify(said, {"INVITE", kUri, client}, &secret_, now_).verdict;
  }

  const DigestSecret secret_ = make_digest_secret("alice", "warp", "wonderland");
  SeededIdSource ids_{1};
  WallTime now_{1'800'000'000s};
};

TEST_F(DigestServerTest, OffersWhatIsConfiguredInItsOrder) {
  DigestServer server(settings(), now_);
  const auto values = server.challenges("warp", true, kClient, now_, ids_);
  ASSERT_EQ(values.size(), 2u);
  EXPECT_EQ(parse_challenge(values[0])->algorithm, DigestAlgorithm::Sha256);
  EXPECT_EQ(parse_challenge(values[1])->algorithm, DigestAlgorithm::Md5);
  EXPECT_TRUE(parse_challenge(values[0])->stale);
  EXPECT_TRUE(parse_challenge(values[0])->qop);
}

TEST_F(DigestServerTest, TakesBothAlgorithms) {
  DigestServer server(settings(), now_);
  EXPECT_EQ(verify(server, answer(fresh_nonce(server), 1, DigestAlgorithm::Md5)), DigestVerdict::Accepted);
  EXPECT_EQ(verify(server, answer(fresh_nonce(server))), DigestVerdict::Accepted);
}

TEST_F(DigestServerTest, DoesNotTakeAnAlgorithmThatIsNotOffered) {
  auto strict = settings();
  strict.algorithms = {DigestAlgorithm::Sha256};
  DigestServer server(strict, now_);
  EXPECT_EQ(verify(server, answer(fresh_nonce(server), 1, DigestAlgorithm::Md5)), DigestVerdict::Wrong);
}

// Nodes of another release have the same seal: HMAC-SHA-256, as the library has it, cut to 16 octets.
TEST_F(DigestServerTest, ANonceIsSealedByTheHmacOfTheKey) {
  for (const std::size_t length : {16u, 63u, 64u, 65u, 200u}) {
    auto with = settings();
    with.key = std::string(length, 'k') + "ey";
    DigestServer server(with, now_);
    std::string text = fresh_nonce(server);
    ASSERT_EQ(text.size(), 40u);
    for (char& c : text)
      c = c == '-' ? '+' : c == '_' ? '/' : c;
    std::array<unsigned char, 30> nonce{};
    ASSERT_EQ(EVP_DecodeBlock(nonce.data(), reinterpret_cast<const unsigned char*>(text.data()), 40), 30);
    std::string sealed(nonce.begin(), nonce.begin() + 14);
    sealed += '4';
    sealed.append(kClient.bytes.begin(), kClient.bytes.end());
    sealed += "warp";
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    HMAC(EVP_sha256(), with.key.data(), static_cast<int>(with.key.size()),
         reinterpret_cast<const unsigned char*>(sealed.data()), sealed.size(), mac.data(), nullptr);
    EXPECT_TRUE(std::equal(nonce.begin() + 14, nonce.end(), mac.begin())) << length;
    EXPECT_EQ(verify(server, answer(fresh_nonce(server))), DigestVerdict::Accepted);
  }
}

TEST_F(DigestServerTest, EveryNodeWithTheKeyVerifies) {
  DigestServer here(settings(), now_), there(settings(), now_);
  EXPECT_EQ(verify(there, answer(fresh_nonce(here))), DigestVerdict::Accepted);
  auto other = settings();
  other.key = "another site's key";
  DigestServer elsewhere(other, now_);
  EXPECT_EQ(verify(elsewhere, answer(fresh_nonce(here))), DigestVerdict::Stale);
}

TEST_F(DigestServerTest, ACountIsGoodOnce) {
  DigestServer server(settings(), now_);
  const auto nonce = fresh_nonce(server);
  EXPECT_EQ(verify(server, answer(nonce, 1)), DigestVerdict::Accepted);
  EXPECT_EQ(verify(server, answer(nonce, 1)), DigestVerdict::Replayed);
  EXPECT_EQ(verify(server, answer(nonce, 3)), DigestVerdict::Accepted);
  EXPECT_EQ(verify(server, answer(nonce, 2)), DigestVerdict::Accepted);  // overtaken on its way
  EXPECT_EQ(verify(server, answer(nonce, 2)), DigestVerdict::Replayed);
  EXPECT_EQ(verify(server, answer(nonce, 100)), DigestVerdict::Accepted);
  EXPECT_EQ(verify(server, answer(nonce, 4)), DigestVerdict::Replayed);   // behind the window
  EXPECT_EQ(verify(server, answer(nonce, 37)), DigestVerdict::Accepted);  // the last within it
  EXPECT_EQ(verify(server, answer(nonce, 37)), DigestVerdict::Replayed);
}

TEST_F(DigestServerTest, ANonceAges) {
  DigestServer server(settings(), now_);
  const auto nonce = fresh_nonce(server);
  now_ += 300s;
  EXPECT_EQ(verify(server, answer(nonce, 1)), DigestVerdict::Accepted);
  now_ += 1s;
  EXPECT_EQ(verify(server, answer(nonce, 2)), DigestVerdict::Stale);
}

TEST_F(DigestServerTest, ANonceFromBeforeTheStartIsStale) {
  DigestServer before(settings(), now_);
  const auto nonce = fresh_nonce(before);
  EXPECT_EQ(verify(before, answer(nonce, 1)), DigestVerdict::Accepted);
  now_ += 10s;
  DigestServer after(settings(), now_);
  EXPECT_EQ(verify(after, answer(nonce, 1)), DigestVerdict::Stale);
  EXPECT_EQ(verify(after, answer(fresh_nonce(after), 1)), DigestVerdict::Accepted);
}

TEST_F(DigestServerTest, ANonceIsOfTheAddressThatGotIt) {
  DigestServer server(settings(), now_);
  const auto nonce = fresh_nonce(server);
  EXPECT_EQ(verify(server, answer(nonce), kOther), DigestVerdict::Stale);
  EXPECT_EQ(verify(server, answer(nonce)), DigestVerdict::Accepted);
}

TEST_F(DigestServerTest, MemoryIsBoundedAndNothingForgottenIsGoodAgain) {
  DigestServer server(settings(4), now_);
  const auto first = fresh_nonce(server);
  EXPECT_EQ(verify(server, answer(first, 1)), DigestVerdict::Accepted);
  now_ += 1s;
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(verify(server, answer(fresh_nonce(server))), DigestVerdict::Accepted);
  EXPECT_EQ(server.nonces(), 4u);
  EXPECT_EQ(verify(server, answer(first, 1)), DigestVerdict::Stale);
  now_ += 400s;
  EXPECT_EQ(verify(server, answer(fresh_nonce(server))), DigestVerdict::Accepted);
  EXPECT_EQ(server.nonces(), 1u);
}

TEST_F(DigestServerTest, WhoDoesNotKnowTheSecretLeavesNothingBehind) {
  DigestServer server(settings(), now_);
  auto said = answer(fresh_nonce(server));
  said.response[0] ^= 1;
  EXPECT_EQ(verify(server, said), DigestVerdict::Wrong);
  EXPECT_EQ(server.nonces(), 0u);
}

TEST_F(DigestServerTest, WhatIsWrong) {
  DigestServer server(settings(), now_);
  auto other_method = server.verify(answer(fresh_nonce(server)), {"REGISTER", kUri, kClient}, &secret_, now_);
  EXPECT_EQ(other_method.verdict, DigestVerdict::Wrong);
  auto other_user = server.verify(answer(fresh_nonce(server)),
                                  {"INVITE", "sip:+19005550100@warp.example", kClient}, &secret_, now_);
  EXPECT_EQ(other_user.verdict, DigestVerdict::Wrong);
  auto by_address =
      server.verify(answer(fresh_nonce(server)),
                    {"INVITE", "sip:+14155550100@WARP.example:5060;transport=udp", kClient}, &secret_, now_);
  EXPECT_EQ(by_address.verdict, DigestVerdict::Accepted);
  EXPECT_EQ(verify(server, answer(fresh_nonce(server), 0)), DigestVerdict::Wrong);
  auto uncounted = answer(fresh_nonce(server));
  uncounted.nc.clear();
  EXPECT_EQ(verify(server, uncounted), DigestVerdict::Wrong);
  auto rough = answer("rubbish");
  EXPECT_EQ(verify(server, rough), DigestVerdict::Stale);
}

TEST_F(DigestServerTest, CostsTheSameWhoeverAsks) {
  DigestServer server(settings(), now_);
  const DigestSubject subject{"INVITE", kUri, kClient};
  const auto right = server.verify(answer(fresh_nonce(server)), subject, &secret_, now_);
  ASSERT_EQ(right.verdict, DigestVerdict::Accepted);
  auto said = answer(fresh_nonce(server));
  said.response[5] ^= 1;
  const auto wrong = server.verify(said, subject, &secret_, now_);
  const auto unknown = server.verify(said, subject, nullptr, now_);
  const auto forged = server.verify(answer("rubbish"), subject, nullptr, now_);
  EXPECT_EQ(wrong.verdict, unknown.verdict);
  EXPECT_GT(right.hashes, 0u);
  EXPECT_EQ(wrong.hashes, right.hashes);
  EXPECT_EQ(unknown.hashes, right.hashes);
  EXPECT_EQ(forged.hashes, right.hashes);
}

// The stand-in for unknown users is no password.
TEST_F(DigestServerTest, NobodyCannotLogIn) {
  DigestServer server(settings(), now_);
  EXPECT_EQ(server.verify(answer(fresh_nonce(server)), {"INVITE", kUri, kClient}, nullptr, now_).verdict,
            DigestVerdict::Wrong);
  const DigestSecret nobody = make_digest_secret("nobody", settings().key, settings().key);
  auto said = answer(fresh_nonce(server));
  said.response = digest_response(said.algorithm, nobody.of(said.algorithm),
                                  {"INVITE", said.uri, said.nonce, said.nc, said.cnonce})
                      .text();
  EXPECT_EQ(server.verify(said, {"INVITE", kUri, kClient}, nullptr, now_).verdict, DigestVerdict::Wrong);
}

}  // namespace
}  // namespace warp::sip
