#include "warp/webhooks/signature.h"

#include <gtest/gtest.h>

namespace warp::webhooks {
namespace {

constexpr const char* kId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr std::int64_t kAt = 1614265330;
constexpr const char* kBody = R"({"test": 2432232314})";
constexpr const char* kShared = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* kSharedSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
constexpr const char* kSeed = "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

// The sample of the Standard Webhooks specification.
TEST(Signature, IsTheSpecifications) {
  EXPECT_EQ(sign(kId, kAt, kBody, kShared), kSharedSignature);
}

// Made by another library from the octets 0 to 31.
TEST(Signature, OfASeedIsEd25519) {
  EXPECT_EQ(sign(kId, kAt, kBody, kSeed),
            "v1a,yoUrgEkc12aGqm0n4Sydmdz55xJfTz4AsAgieHFjmkR7LJtqVCZOQYzvvHjI5kAey+r4iaBGxTFRrl2iBQxtDQ==");
}

TEST(Signature, DependsOnEverything) {
  for (const auto* secret : {kShared, kSeed}) {
    const auto base = sign(kId, kAt, kBody, secret);
    EXPECT_NE(sign("msg_x", kAt, kBody, secret), base);
    EXPECT_NE(sign(kId, kAt + 1, kBody, secret), base);
    EXPECT_NE(sign(kId, kAt, "{}", secret), base);
  }
}

TEST(Signature, ASecretThatIsNoneSignsNothing) {
  for (const auto* secret : {"", "whsec_", "whsec_*", "whsk_AAEC", "plain", "whsk_"})
    EXPECT_EQ(sign(kId, kAt, kBody, secret), "") << secret;
}

TEST(Signature, WhileASecretIsReplacedThereAreTwo) {
  const std::string before = "whsec_C2FtZSBvdGhlciBzZWNyZXQgb2Ygb3Vycw==";
  const auto both = signatures(kId, kAt, kBody, kShared, before);
  EXPECT_EQ(both, std::string(kSharedSignature) + " " + sign(kId, kAt, kBody, before));
  EXPECT_EQ(signatures(kId, kAt, kBody, kShared, std::nullopt), kSharedSignature);
  EXPECT_EQ(signatures(kId, kAt, kBody, kShared, ""), kSharedSignature);
}

}  // namespace
}  // namespace warp::webhooks
