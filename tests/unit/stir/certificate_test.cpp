#include "warp/stir/certificate.h"

#include <gmock/gmock.h>

#include "support/stir_authority.h"

namespace warp::stir {
namespace {

using test::StirAuthority;
using test::StirWish;

constexpr WallTime kNow{std::chrono::seconds(StirAuthority::kNow)};

std::string fault(const StirAuthority& trusted, const std::string& chain_pem, WallTime now = kNow) {
  const auto trust = TrustList::parse(trusted.trust_pem());
  const auto chain = CertificateChain::parse(chain_pem);
  if (!chain) return std::string(to_string(chain.error()));
  return std::string(to_string(chain->check(*trust, now)));
}

TEST(Es256, SignsAndVerifiesRaw) {
  const auto given = StirAuthority().give();
  const auto key = PrivateKey::parse(given.key_pem);
  ASSERT_TRUE(key);
  const auto signature = key->sign("input");
  ASSERT_EQ(signature.size(), kSignatureOctets);
  EXPECT_TRUE(key->public_key().verify("input", signature));
  EXPECT_FALSE(key->public_key().verify("Input", signature));
  auto bent = signature;
  bent[5] = static_cast<char>(bent[5] ^ 1);
  EXPECT_FALSE(key->public_key().verify("input", bent));
  EXPECT_FALSE(key->public_key().verify("input", signature.substr(1)));
  EXPECT_FALSE(key->public_key().verify("input", std::string(64, '\0')));
}

TEST(Es256, VerifiesWithTheKeyOfACertificate) {
  const StirAuthority authority;
  const auto given = authority.give();
  const auto key = PrivateKey::parse(given.key_pem);
  const auto chain = CertificateChain::parse(given.chain_pem);
  ASSERT_TRUE(key && chain);
  EXPECT_TRUE(same_key(key->public_key(), chain->key()));
  EXPECT_TRUE(chain->key().verify("x", key->sign("x")));
  const auto other = PrivateKey::parse(authority.give().key_pem);
  EXPECT_FALSE(same_key(other->public_key(), chain->key()));
  EXPECT_FALSE(chain->key().verify("x", other->sign("x")));
}

TEST(Es256, WantsP256) {
  EXPECT_FALSE(PrivateKey::parse(StirAuthority().give({.curve = "P-384"}).key_pem));
  EXPECT_FALSE(PrivateKey::parse("no key"));
}

TEST(Certificate, GoodOnesPass) {
  const StirAuthority root;
  EXPECT_EQ(fault(root, root.give().chain_pem), "none");
  EXPECT_EQ(fault(root, root.give({.critical_list = true}).chain_pem), "none");
  const auto chain = CertificateChain::parse(root.give().chain_pem);
  EXPECT_EQ(chain->subject(), "CN=SHAKEN 1234");
  EXPECT_THAT(chain->authorization().service_providers, testing::ElementsAre("1234"));
}

TEST(Certificate, AChainOverAnIntermediate) {
  const StirAuthority root, middle(&root);
  const auto given = middle.give();
  EXPECT_EQ(fault(root, given.chain_pem), "none");
  const auto leaf_alone = given.chain_pem.substr(0, given.chain_pem.find("-----BEGIN", 10));
  EXPECT_EQ(fault(root, leaf_alone), "untrusted");
}

TEST(Certificate, BadOnesDoNot) {
  const StirAuthority root, stranger;
  using std::chrono::seconds;
  EXPECT_EQ(fault(stranger, root.give().chain_pem), "untrusted");
  EXPECT_EQ(fault(root, root.give().chain_pem, kNow + seconds(3601)), "expired");
  EXPECT_EQ(fault(root, root.give().chain_pem, kNow - seconds(3601)), "expired");
  EXPECT_EQ(fault(root, root.give({.curve = "P-384"}).chain_pem), "key");
  EXPECT_EQ(fault(root, root.give({.usage = {}}).chain_pem), "usage");
  EXPECT_EQ(fault(root, root.give({.usage = "keyAgreement"}).chain_pem), "usage");
  EXPECT_EQ(fault(root, root.give({.authority = true}).chain_pem), "usage");
  EXPECT_EQ(fault(root, root.give({.tn_list = {}}).chain_pem), "authorization");
  EXPECT_EQ(fault(root, root.give({.tn_list = "rubbish"}).chain_pem), "malformed");
  EXPECT_EQ(fault(root, "rubbish"), "malformed");
  EXPECT_EQ(fault(root, std::string(kLongestPem + 1, 'x')), "malformed");
  std::string many;
  for (std::size_t i = 0; i <= kMostCertificates; ++i)
    many += root.trust_pem();
  EXPECT_EQ(fault(root, many), "malformed");
}

TEST(TrustList, SaysWhatIsWrong) {
  EXPECT_EQ(TrustList::parse("").error(), "has no certificate");
  EXPECT_EQ(TrustList::parse(StirAuthority().trust_pem() + StirAuthority().trust_pem())->size(), 2u);
}

std::string der(std::uint8_t tag, const std::string& value) {
  return std::string{static_cast<char>(tag), static_cast<char>(value.size())} + value;
}
std::string ia5(const std::string& text) {
  return der(0x16, text);
}

TEST(TnAuthorization, RangesAndNumbers) {
  TnAuthorization list;
  const std::string range = der(0xa1, der(0x30, ia5("12155550100") + der(0x02, "\x64")));
  ASSERT_TRUE(list.parse(der(0x30, range + der(0xa2, ia5("14155550100")))));
  EXPECT_TRUE(list.covers("14155550100"));
  EXPECT_TRUE(list.covers("12155550100"));
  EXPECT_TRUE(list.covers("12155550199"));
  EXPECT_FALSE(list.covers("12155550200"));
  EXPECT_FALSE(list.covers("2155550100"));
  ASSERT_TRUE(list.parse(der(0x30, der(0xa0, ia5("709J")))));
  EXPECT_TRUE(list.covers("12155550200"));
}

TEST(TnAuthorization, RefusesBrokenDer) {
  TnAuthorization list;
  const std::string good = der(0x30, der(0xa0, ia5("709J")));
  for (std::size_t cut = 0; cut < good.size(); ++cut)
    EXPECT_FALSE(list.parse(good.substr(0, cut))) << cut;
  EXPECT_FALSE(list.parse(good + "x"));
  EXPECT_FALSE(list.parse(der(0x30, "")));
  EXPECT_FALSE(list.parse(der(0x30, der(0xa3, ia5("1")))));
  EXPECT_FALSE(list.parse(der(0x30, der(0xa2, ia5("alice")))));
  EXPECT_FALSE(list.parse(der(0x30, der(0xa1, der(0x30, ia5("1") + der(0x02, "\x01"))))));
  EXPECT_FALSE(list.parse(der(0x30, der(0xa1, der(0x30, ia5("1") + der(0x02, "\xff"))))));
  EXPECT_FALSE(list.parse(std::string("\x30\x84\xff\xff\xff\xff", 6)));
}

}  // namespace
}  // namespace warp::stir
