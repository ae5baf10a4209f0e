#include "negotiation/keys.h"

#include <gtest/gtest.h>

#include "support/audio_lines.h"

namespace warp::calls {
namespace {

using domain::SrtpSuite;
using test::audio_line;
using test::session_of;

// RFC 4568 §6.1's example.
constexpr const char* kGood =
    "1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20";

std::size_t usable(std::string_view value) {
  sdp::Media media = audio_line("0");
  media.attributes.push_back({"crypto", std::string(value)});
  return crypto_lines(media).size();
}

TEST(Keys, ACryptoLineIsReadAndWritten) {
  sdp::Media media = audio_line("0");
  media.attributes.push_back({"crypto", kGood});
  const auto lines = crypto_lines(media);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].tag, 1u);
  EXPECT_EQ(lines[0].keys.suite, SrtpSuite::AesCm128Sha1_80);
  EXPECT_EQ(lines[0].keys.size, 30);
  EXPECT_EQ(lines[0].keys.material[0], std::byte{0x3d});
  EXPECT_EQ(lines[0].keys.lifetime, 1u << 20);
  EXPECT_EQ(crypto_value(lines[0]),
            "1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR");
}

TEST(Keys, EverySuiteComesBackAsItWent) {
  SeededIdSource ids(1);
  for (const auto suite : suites_of({})) {
    const CryptoLine line{7, fresh_keys(suite, ids)};
    sdp::Media media = audio_line("0");
    media.attributes.push_back({"crypto", crypto_value(line)});
    const auto read = crypto_lines(media);
    ASSERT_EQ(read.size(), 1u) << suite_name(suite);
    EXPECT_EQ(read[0].keys, line.keys) << suite_name(suite);
    EXPECT_EQ(read[0].tag, 7u);
  }
  EXPECT_NE(fresh_keys(SrtpSuite::AeadAes128Gcm, ids), fresh_keys(SrtpSuite::AeadAes128Gcm, ids));
}

TEST(Keys, LinesThatCannotBeUsedCountAsAbsent) {
  const std::string key = "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR", suite = "AES_CM_128_HMAC_SHA1_80";
  EXPECT_EQ(usable(kGood), 1u);
  EXPECT_EQ(usable("1 " + suite + " inline:" + key + "|1:4"), 0u);
  EXPECT_EQ(usable("1 " + suite + " inline:" + key + "|2^20|1:4"), 0u);
  EXPECT_EQ(usable("1 " + suite + " inline:" + key + ";inline:" + key), 0u);
  EXPECT_EQ(usable("1 " + suite + " inline:" + key + " UNENCRYPTED_SRTP"), 0u);
  EXPECT_EQ(usable("1 " + suite + " inline:" + key + " KDR=3"), 0u);
  EXPECT_EQ(usable("1 " + suite + " inline:" + key + " WSH=128"), 1u);
  EXPECT_EQ(usable("1 F8_128_HMAC_SHA1_80 inline:" + key), 0u);
  EXPECT_EQ(usable("1 " + suite + " inline:" + key.substr(1)), 0u);
  EXPECT_EQ(usable("1 " + suite + " inline:" + key + "AAAA"), 0u);
  EXPECT_EQ(usable("1 " + suite + " inline:!" + key.substr(1)), 0u);
  EXPECT_EQ(usable("-1 " + suite + " inline:" + key), 0u);
  EXPECT_EQ(usable("1 " + suite), 0u);
  EXPECT_EQ(usable("1"), 0u);
  EXPECT_EQ(usable(""), 0u);
  EXPECT_EQ(usable("1 AEAD_AES_128_GCM inline:" + key), 0u);
}

TEST(Keys, NotMoreLinesAreReadThanAnybodyNeeds) {
  sdp::Media media = audio_line("0");
  for (int i = 0; i < 1000; ++i)
    media.attributes.push_back({"crypto", kGood});
  EXPECT_EQ(crypto_lines(media).size(), 16u);
}

std::string fingerprint(std::size_t octets) {
  std::string text;
  for (std::size_t i = 0; i < octets; ++i)
    text += i == 0 ? "aB" : ":0F";
  return text;
}

std::optional<DtlsLine> dtls(const std::string& value, const std::string& setup = "") {
  sdp::Media media = audio_line("0");
  media.set("fingerprint", value);
  if (!setup.empty()) media.set("setup", setup);
  return dtls_line(session_of(media), media);
}

TEST(Keys, AFingerprintIsReadWithTheRoleOfItsSender) {
  const auto line = dtls("SHA-256 " + fingerprint(32), "active");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->hash, "sha-256");
  EXPECT_EQ(line->digest.size(), 32u);
  EXPECT_EQ(line->digest[0], std::byte{0xab});
  EXPECT_EQ(line->role, DtlsRole::Active);
  EXPECT_EQ(dtls("sha-1 " + fingerprint(20))->role, DtlsRole::ActPass);
  EXPECT_EQ(dtls("sha-1 " + fingerprint(20), "passive")->role, DtlsRole::Passive);
  EXPECT_EQ(fingerprint_value(line->hash, line->digest).substr(0, 13), "sha-256 AB:0F");
}

TEST(Keys, AFingerprintThatIsNoneCountsAsAbsent) {
  EXPECT_FALSE(dtls(""));
  EXPECT_FALSE(dtls("sha-256"));
  EXPECT_FALSE(dtls("sha-256 " + fingerprint(31)));
  EXPECT_FALSE(dtls("sha-256 " + fingerprint(33)));
  EXPECT_FALSE(dtls("md5 " + fingerprint(16)));
  EXPECT_FALSE(dtls("sha-1 zz" + fingerprint(20).substr(2)));
  EXPECT_FALSE(dtls("sha-1 " + fingerprint(20), "holdconn"));
}

TEST(Keys, FingerprintAndIceOfTheWholeDescriptionHold) {
  sdp::Session session = session_of(audio_line("0"));
  session.attributes = {{"fingerprint", "sha-256 " + fingerprint(32)},
                        {"setup", "passive"},
                        {"ice-ufrag", "abcd"},
                        {"ice-pwd", "0123456789012345678901"}};
  EXPECT_EQ(dtls_line(session, session.media[0])->role, DtlsRole::Passive);
  EXPECT_EQ(ice_line(session, session.media[0])->ufrag, "abcd");
  session.media[0].set("ice-ufrag", "abc");
  EXPECT_FALSE(ice_line(session, session.media[0]));
  session.media[0].set("ice-ufrag", "ab cd");
  EXPECT_FALSE(ice_line(session, session.media[0]));
}

TEST(Keys, FreshIceIsLongEnough) {
  SeededIdSource ids(1);
  const IceLine ice = fresh_ice(ids), next = fresh_ice(ids);
  EXPECT_GE(ice.ufrag.size(), 4u);
  EXPECT_GE(ice.password.size(), 22u);
  EXPECT_NE(ice.password, next.password);
}

}  // namespace
}  // namespace warp::calls
