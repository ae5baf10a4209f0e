#include "warp/sdp/crypto.h"

#include <gtest/gtest.h>

namespace warp::sdp {
namespace {

const std::string kKey30 = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";  // RFC 4568 §9.1
const std::string kSuite80 = "1 AES_CM_128_HMAC_SHA1_80 inline:";

std::string key_text(std::size_t octets) {
  std::string text((octets * 8 + 5) / 6, 'A');
  while (text.size() % 4 != 0)
    text += '=';
  return text;
}

CryptoError error_of(std::string_view value) {
  const auto crypto = parse_crypto(value);
  EXPECT_FALSE(crypto.has_value()) << value;
  return crypto ? CryptoError{} : crypto.error();
}

TEST(Crypto, ReadsTheExamplesOfTheRfc) {
  auto crypto = parse_crypto(kSuite80 + kKey30 + "|2^20");
  ASSERT_TRUE(crypto.has_value());
  EXPECT_EQ(crypto->tag, 1u);
  EXPECT_EQ(crypto->suite, "AES_CM_128_HMAC_SHA1_80");
  EXPECT_EQ(crypto->key_size, 30);
  EXPECT_EQ(crypto->key[0], std::byte{'Y'});
  EXPECT_EQ(crypto->key[1], std::byte{'S'});
  EXPECT_EQ(crypto->key[29], std::byte{'s'});
  EXPECT_EQ(crypto->lifetime, 1u << 20);
  EXPECT_EQ(write_crypto(*crypto), kSuite80 + kKey30 + "|1048576");

  crypto = parse_crypto("  2   aes_cm_128_hmac_sha1_32 INLINE:" + kKey30 + "|1048576 KDR=0 WSH=128 -x=y ");
  ASSERT_TRUE(crypto.has_value());
  EXPECT_EQ(crypto->tag, 2u);
  EXPECT_EQ(crypto->lifetime, 1048576u);
  EXPECT_EQ(write_crypto(*crypto), "2 AES_CM_128_HMAC_SHA1_32 inline:" + kKey30 + "|1048576");
}

TEST(Crypto, EverySuiteHasItsLength) {
  const std::pair<const char*, std::size_t> suites[] = {
      {"AES_CM_128_HMAC_SHA1_80", 30}, {"AES_CM_128_HMAC_SHA1_32", 30}, {"AES_256_CM_HMAC_SHA1_80", 46},
      {"AES_256_CM_HMAC_SHA1_32", 46}, {"AEAD_AES_128_GCM", 28},        {"AEAD_AES_256_GCM", 44}};
  for (const auto& [name, octets] : suites) {
    EXPECT_EQ(key_octets_of(name), octets);
    const auto head = std::string("7 ") + name + " inline:";
    const auto crypto = parse_crypto(head + key_text(octets));
    ASSERT_TRUE(crypto.has_value()) << name;
    EXPECT_EQ(crypto->key_octets().size(), octets);
    EXPECT_EQ(write_crypto(*crypto), head + key_text(octets));
    for (const auto wrong : {octets - 1, octets + 1, std::size_t{0}, std::size_t{200}})
      EXPECT_EQ(error_of(head + key_text(wrong)), CryptoError::Key) << name << ' ' << wrong;
    // Padding that was left out.
    auto bare = key_text(octets);
    bare.erase(bare.find_last_not_of('=') + 1);
    EXPECT_TRUE(parse_crypto(head + bare).has_value()) << name;
  }
  EXPECT_EQ(key_octets_of("F8_128_HMAC_SHA1_80"), 0u);
}

TEST(Crypto, RefusesWhatItCannotDo) {
  EXPECT_EQ(error_of(kSuite80 + kKey30 + "|2^20|1:4"), CryptoError::Mki);
  EXPECT_EQ(error_of(kSuite80 + kKey30 + "|1:4"), CryptoError::Mki);
  EXPECT_EQ(error_of(kSuite80 + kKey30 + ";inline:" + kKey30), CryptoError::Mki);
  for (const auto* parameter : {"UNENCRYPTED_SRTP", "UNENCRYPTED_SRTCP", "UNAUTHENTICATED_SRTP", "KDR=24",
                                "FEC_KEY=inline:x", "NEW", "KDR=", "|"})
    EXPECT_EQ(error_of(kSuite80 + kKey30 + " WSH=64 " + parameter), CryptoError::Parameter) << parameter;
  EXPECT_EQ(error_of("1 F8_128_HMAC_SHA1_80 inline:" + kKey30), CryptoError::Suite);
  EXPECT_EQ(error_of("1 AES_CM_128_HMAC_SHA1_80 uri:" + kKey30), CryptoError::Key);
}

TEST(Crypto, RefusesHostileText) {
  for (const auto* text : {"", " ", "1", "1 AES_CM_128_HMAC_SHA1_80", "x AES_CM_128_HMAC_SHA1_80 inline:",
                           "0 AES_CM_128_HMAC_SHA1_80 inline:x", "-1 AES_CM_128_HMAC_SHA1_80 inline:x",
                           "1000000000 AES_CM_128_HMAC_SHA1_80 inline:x", "99999999999999999999 a b"})
    EXPECT_EQ(error_of(text), CryptoError::Syntax) << text;
  for (const auto* key : {"inline:", "inline", "i", "inline:=", "inline:====", "inline:!!!!", "inline:|2^20"})
    EXPECT_EQ(error_of(std::string("1 AES_CM_128_HMAC_SHA1_80 ") + key), CryptoError::Key) << key;
  auto spoilt = kKey30;
  spoilt[10] = '=';
  EXPECT_EQ(error_of(kSuite80 + spoilt), CryptoError::Key);
  EXPECT_EQ(error_of(kSuite80 + kKey30 + std::string(60000, 'A')), CryptoError::Key);
  for (const auto* lifetime : {"", "2^", "2^49", "2^-1", "0", "281474976710657", "x", "3^20", "2^20x"})
    EXPECT_EQ(error_of(kSuite80 + kKey30 + "|" + lifetime), CryptoError::Lifetime) << lifetime;
}

TEST(Crypto, WritesNothingThatWouldNotParse) {
  auto crypto = *parse_crypto(kSuite80 + kKey30);
  const auto again = parse_crypto(write_crypto(crypto));
  EXPECT_TRUE(again && *again == crypto);
  const auto refuses = [&](auto&& spoil) {
    auto other = crypto;
    spoil(other);
    return write_crypto(other).empty();
  };
  EXPECT_FALSE(refuses([](Crypto&) {}));
  EXPECT_TRUE(refuses([](Crypto& c) { c.tag = 0; }));
  EXPECT_TRUE(refuses([](Crypto& c) { c.suite = "x\r\na=evil"; }));
  EXPECT_TRUE(refuses([](Crypto& c) { c.key_size = 28; }));
  EXPECT_TRUE(refuses([](Crypto& c) { c.lifetime = 0; }));
}

}  // namespace
}  // namespace warp::sdp
