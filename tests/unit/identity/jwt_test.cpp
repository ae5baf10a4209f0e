#include "warp/identity/jwt.h"

#include <gtest/gtest.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include "warp/identity/jwks.h"

#include "signer.h"

namespace warp::identity {
namespace {

constexpr std::int64_t kNow = 1'750'000'000;

class Jwt : public ::testing::Test {
 protected:
  Jwt() {
    expected_.issuer = "https://id.example.com/";
    expected_.audiences = {"warp"};
    expected_.algorithms = {Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA};
    keys_ = *parse_key_set(key_set_of({rsa_signer().jwk(), ec_signer().jwk(), ed_signer().jwk()}));
    claims_ = {
        {"iss", expected_.issuer}, {"aud", "warp"}, {"sub", "u1"}, {"exp", kNow + 60}, {"iat", kNow - 60}};
  }

  std::string ask(const std::string& token) const {
    const auto answer = verify(token, keys_, expected_, WallTime(std::chrono::seconds(kNow)));
    return answer ? "ok" : std::string(to_string(answer.error()));
  }
  std::string with(const char* name, const Json& value) const {
    auto claims = claims_;
    claims[name] = value;
    return ask(rsa_signer().token(claims));
  }
  std::string without(const char* name) const {
    auto claims = claims_;
    claims.erase(name);
    return ask(rsa_signer().token(claims));
  }
  std::string with_header(const char* name, const Json& value) const {
    auto head = rsa_signer().header();
    head[name] = value;
    return ask(rsa_signer().token(head, claims_));
  }

  Expectation expected_;
  KeySet keys_;
  Json claims_;
};

TEST_F(Jwt, EachAlgorithmVerifies) {
  for (const auto* signer : {&rsa_signer(), &ec_signer(), &ed_signer()})
    EXPECT_EQ(ask(signer->token(claims_)), "ok") << to_string(signer->algorithm);
  const auto claims =
      verify(rsa_signer().token(claims_), keys_, expected_, WallTime(std::chrono::seconds(kNow)));
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->all["sub"], "u1");
  EXPECT_EQ(claims->expires_at, WallTime(std::chrono::seconds(kNow + 60)));
}

TEST_F(Jwt, NoneIsNoAlgorithm) {
  for (const char* none : {"none", "None", "NONE", "nOnE", "", "RS256 ", "rs256"}) {
    const auto text = part({{"alg", none}}) + "." + part(claims_);
    EXPECT_EQ(ask(text + "."), "algorithm_refused") << none;
    EXPECT_EQ(ask(text + "." + stir::to_base64url("x")), "algorithm_refused") << none;
  }
  EXPECT_EQ(ask(part({{"alg", nullptr}}) + "." + part(claims_) + "."), "bad_header");
  EXPECT_EQ(ask(part({{"typ", "JWT"}}) + "." + part(claims_) + "."), "bad_header");
}

TEST_F(Jwt, APublicKeyIsNoSharedSecret) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_PUBKEY(bio.get(), rsa_signer().key.get());
  char* pem = nullptr;
  const auto length = BIO_get_mem_data(bio.get(), &pem);
  for (const char* name : {"HS256", "HS384", "HS512"}) {
    const auto text = part({{"alg", name}, {"kid", "rsa-1"}}) + "." + part(claims_);
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned octets = 0;
    HMAC(EVP_sha256(), pem, static_cast<int>(length), reinterpret_cast<const unsigned char*>(text.data()),
         text.size(), mac.data(), &octets);
    const std::string signature(reinterpret_cast<const char*>(mac.data()), octets);
    EXPECT_EQ(ask(text + "." + stir::to_base64url(signature)), "algorithm_refused") << name;
  }
}

TEST_F(Jwt, TheKeyAndTheConfigurationSayWhichAlgorithm) {
  // An RSA key under the name of another algorithm, and the other way round.
  EXPECT_EQ(with_header("alg", "ES256"), "unknown_key");
  expected_.algorithms = {Algorithm::ES256};
  EXPECT_EQ(ask(rsa_signer().token(claims_)), "algorithm_refused");
  EXPECT_EQ(ask(ec_signer().token(claims_)), "ok");
}

TEST_F(Jwt, AKidIsANameAndNothingElse) {
  for (const char* kid : {"../../../../dev/null", "/proc/self/environ", "x' OR '1'='1",
                          "rsa-1; DROP TABLE keys", "http://127.0.0.1/key", "rsa-2", "RSA-1"})
    EXPECT_EQ(with_header("kid", kid), "unknown_key") << kid;
  EXPECT_EQ(with_header("kid", std::string(128, 'k')), "unknown_key");
  EXPECT_EQ(with_header("kid", std::string(129, 'k')), "bad_header");
  EXPECT_EQ(with_header("kid", ""), "bad_header");
  EXPECT_EQ(with_header("kid", 7), "bad_header");
  EXPECT_EQ(with_header("kid", std::string("rsa-1\0x", 7)), "malformed");
  auto head = rsa_signer().header();
  head.erase("kid");
  EXPECT_EQ(ask(rsa_signer().token(head, claims_)), "ok") << "any key of the algorithm";
}

TEST_F(Jwt, KeysThatTheTokenBringsAreNotLookedAt) {
  const auto stranger = Signer::rsa("rsa-1");
  auto head = stranger.header();
  head["jwk"] = stranger.jwk();
  head["jku"] = "https://evil.example/keys";
  head["x5u"] = "https://evil.example/chain";
  EXPECT_EQ(ask(stranger.token(head, claims_)), "bad_signature");
  EXPECT_EQ(with_header("jku", "https://evil.example/keys"), "ok") << "it is signed by the key that is known";
}

TEST_F(Jwt, CriticalHeadersAreRefused) {
  EXPECT_EQ(with_header("crit", Json::array({"exp"})), "critical_refused");
  EXPECT_EQ(with_header("crit", Json::array()), "critical_refused");
  EXPECT_EQ(with_header("crit", nullptr), "critical_refused");
}

TEST_F(Jwt, TypesOfOtherTokensAreRefused) {
  EXPECT_EQ(with_header("typ", "at+jwt"), "ok");
  EXPECT_EQ(with_header("typ", "application/at+jwt"), "ok");
  EXPECT_EQ(with_header("typ", "logout+jwt"), "bad_header");
  EXPECT_EQ(with_header("typ", 1), "bad_header");
}

TEST_F(Jwt, ExpiryMustBeThere) {
  EXPECT_EQ(without("exp"), "no_expiry");
  EXPECT_EQ(with("exp", "soon"), "no_expiry");
  EXPECT_EQ(with("exp", nullptr), "no_expiry");
  EXPECT_EQ(with("exp", -1), "no_expiry");
  EXPECT_EQ(with("exp", 1e300), "no_expiry");
  EXPECT_EQ(with("exp", kNow), "expired");
  EXPECT_EQ(with("exp", kNow + 1), "ok");
  EXPECT_EQ(with("exp", static_cast<double>(kNow) + 1.5), "ok");
}

TEST_F(Jwt, IssuerAndAudienceAreExact) {
  for (const char* issuer : {"https://id.example.com", "https://id.example.com//", "https://ID.example.com/",
                             "https://evil.example/", ""})
    EXPECT_EQ(with("iss", issuer), "wrong_issuer") << issuer;
  EXPECT_EQ(without("iss"), "wrong_issuer");
  EXPECT_EQ(with("iss", Json::array({"https://id.example.com/"})), "wrong_issuer");
  EXPECT_EQ(without("aud"), "wrong_audience");
  EXPECT_EQ(with("aud", "warp2"), "wrong_audience");
  EXPECT_EQ(with("aud", 1), "wrong_audience");
  EXPECT_EQ(with("aud", Json::array()), "wrong_audience");
  EXPECT_EQ(with("aud", Json::array({"x", "warp"})), "ok");
}

TEST_F(Jwt, NotBeforeHasAMinutesLeeway) {
  EXPECT_EQ(with("nbf", kNow + 60), "ok");
  EXPECT_EQ(with("nbf", kNow + 61), "not_yet");
  EXPECT_EQ(with("iat", kNow + 60), "ok");
  EXPECT_EQ(with("iat", kNow + 61), "not_yet");
  EXPECT_EQ(with("nbf", "x"), "malformed");
}

TEST_F(Jwt, NoClaimIsReadBeforeTheSignature) {
  claims_["exp"] = "broken";
  claims_["iss"] = "https://evil.example/";
  auto token = rsa_signer().token(claims_);
  EXPECT_EQ(ask(token), "wrong_issuer");
  token[token.rfind('.') + 10] = token[token.rfind('.') + 10] == 'A' ? 'B' : 'A';
  EXPECT_EQ(ask(token), "bad_signature");
  const auto text = part(rsa_signer().header()) + "." + stir::to_base64url("no JSON");
  EXPECT_EQ(ask(text + "." + stir::to_base64url("x")), "bad_signature");
  EXPECT_EQ(ask(text + "." + stir::to_base64url(rsa_signer().sign(text))), "malformed");
}

TEST_F(Jwt, TheFormIsThreeParts) {
  const auto token = rsa_signer().token(claims_);
  const auto signature = token.substr(token.rfind('.'));
  EXPECT_EQ(ask(token + signature), "malformed") << "two signatures";
  EXPECT_EQ(ask(token.substr(0, token.rfind('.'))), "malformed");
  EXPECT_EQ(ask(""), "malformed");
  EXPECT_EQ(ask(".."), "malformed");
  EXPECT_EQ(ask("a.b.c"), "malformed");
  EXPECT_EQ(ask(token + "="), "malformed") << "no padding";
  Json general;
  general["payload"] = part(claims_);
  general["signatures"] = Json::array({{{"protected", part(rsa_signer().header())}, {"signature", "x"}}});
  EXPECT_EQ(ask(general.dump()), "malformed") << "the JSON form";
}

TEST_F(Jwt, NamesAreThereOnceAndNothingIsDeep) {
  const auto twice =
      stir::to_base64url(R"({"alg":"none","alg":"RS256","kid":"rsa-1"})") + "." + part(claims_);
  EXPECT_EQ(ask(twice + "." + stir::to_base64url(rsa_signer().sign(twice))), "malformed");
  std::string deep = R"({"alg":"RS256","x":)";
  deep += std::string(1000, '[') + std::string(1000, ']') + "}";
  EXPECT_EQ(ask(stir::to_base64url(deep) + "." + part(claims_) + ".eA"), "malformed");
}

TEST_F(Jwt, EightKibibytesAndNoMore) {
  auto claims = claims_;
  claims["pad"] = "";
  auto length = rsa_signer().token(claims).size();
  claims["pad"] = std::string((kLongestJwt - length) / 4 * 3 - 8, 'x');
  EXPECT_EQ(ask(rsa_signer().token(claims)), "ok");
  const auto token = rsa_signer().token(claims);
  EXPECT_EQ(ask(token + std::string(kLongestJwt + 1 - token.size(), 'A')), "too_long");
  EXPECT_NE(ask(token + std::string(kLongestJwt - token.size(), 'A')), "too_long");
}

TEST_F(Jwt, Es256IsRawAndNotDer) {
  const auto text = part(ec_signer().header()) + "." + part(claims_);
  EXPECT_EQ(ask(text + "." + stir::to_base64url(ec_signer().sign(text))), "ok");
  EXPECT_EQ(ask(text + "." + stir::to_base64url(ec_signer().sign(text, true))), "bad_signature");
  EXPECT_EQ(ask(text + "." + stir::to_base64url(std::string(64, '\0'))), "bad_signature") << "r = s = 0";
  EXPECT_EQ(ask(text + "."), "bad_signature");
}

TEST_F(Jwt, Ed25519OfSmallOrderIsNoKey) {
  // Under the neutral element, R = A and S = 0 verify for every text.
  std::string neutral(32, '\0');
  neutral[0] = 1;
  for (const auto& point :
       {neutral, std::string(32, '\0'), std::string("\xec") + std::string(30, '\xff') + "\x7f",
        std::string("\xec") + std::string(31, '\xff')}) {
    auto jwk = ed_signer().jwk();
    jwk["x"] = stir::to_base64url(point);
    EXPECT_FALSE(parse_key_set(key_set_of({jwk})));
  }
  const auto text = part(ed_signer().header()) + "." + part(claims_);
  EXPECT_EQ(ask(text + "." + stir::to_base64url(neutral + std::string(32, '\0'))), "bad_signature");
}

TEST_F(Jwt, RotatedKeysAreOthers) {
  const auto next = Signer::ec("ec-2");
  EXPECT_EQ(ask(next.token(claims_)), "unknown_key");
  keys_ = *parse_key_set(key_set_of({next.jwk()}));
  EXPECT_EQ(ask(next.token(claims_)), "ok");
  EXPECT_EQ(ask(ec_signer().token(claims_)), "unknown_key");
  EXPECT_TRUE(keys_.knows("ec-2"));
  EXPECT_FALSE(keys_.knows("ec-1"));
}

TEST(Jwks, WhatCannotBeUsedIsLeftOut) {
  auto other_use = ec_signer().jwk(), other_algorithm = ec_signer().jwk(), other_curve = ec_signer().jwk(),
       no_point = ec_signer().jwk(), symmetric = ec_signer().jwk(), sealing = ec_signer().jwk();
  other_use["use"] = "enc";
  other_algorithm["alg"] = "ES384";
  other_curve["crv"] = "P-384";
  no_point["x"] = stir::to_base64url(std::string(32, '\x01'));
  symmetric["kty"] = "oct";
  sealing["key_ops"] = {"wrapKey"};
  const auto weak = Signer::rsa("weak", 1024).jwk();
  auto own_signature = rsa_signer().jwk();
  own_signature["e"] = stir::to_base64url("\x01");
  const std::vector<Json> bad{other_use, other_algorithm, other_curve, no_point,      symmetric, sealing,
                              weak,      own_signature,   Json(7),     Json::object()};
  for (const auto& jwk : bad)
    EXPECT_FALSE(parse_key_set(key_set_of({jwk}))) << jwk.dump();
  auto all = bad;
  all.push_back(rsa_signer().jwk());
  const auto set = parse_key_set(key_set_of(all));
  ASSERT_TRUE(set);
  EXPECT_EQ(set->keys.size(), 1u);
}

TEST(Jwks, DocumentsThatAreNone) {
  EXPECT_FALSE(parse_key_set(""));
  EXPECT_FALSE(parse_key_set("[]"));
  EXPECT_FALSE(parse_key_set(R"({"keys":{}})"));
  EXPECT_FALSE(parse_key_set(R"({"keys":[]})"));
  EXPECT_FALSE(parse_key_set(key_set_of(std::vector<Json>(kMostKeys + 1, ec_signer().jwk()))));
  EXPECT_TRUE(parse_key_set(key_set_of(std::vector<Json>(kMostKeys, ec_signer().jwk()))));
}

}  // namespace
}  // namespace warp::identity
