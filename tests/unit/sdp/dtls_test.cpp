#include "warp/sdp/dtls.h"

#include <gtest/gtest.h>

namespace warp::sdp {
namespace {

const std::string kSha1 = "4A:AD:B9:B1:3F:82:18:3B:54:02:12:DF:3E:5D:49:6B:19:E5:7C:AB";  // RFC 8122 §5

std::string pairs(std::size_t octets) {
  std::string text;
  for (std::size_t i = 0; i < octets; ++i)
    text += i ? ":0F" : "0F";
  return text;
}

TEST(Fingerprint, ReadsAndWrites) {
  const auto fingerprint = parse_fingerprint("SHA-1  " + kSha1);
  ASSERT_TRUE(fingerprint);
  EXPECT_EQ(fingerprint->hash, "sha-1");
  ASSERT_EQ(fingerprint->digest.size(), 20u);
  EXPECT_EQ(fingerprint->digest[0], std::byte{0x4a});
  EXPECT_EQ(fingerprint->digest[19], std::byte{0xab});
  EXPECT_EQ(write_fingerprint(*fingerprint), "sha-1 " + kSha1);
  auto lower = kSha1;
  for (auto& c : lower)
    c = static_cast<char>(std::tolower(c));
  EXPECT_EQ(parse_fingerprint("sha-1 " + lower), fingerprint);
}

TEST(Fingerprint, EveryHashHasItsLength) {
  const std::pair<const char*, std::size_t> hashes[] = {
      {"sha-1", 20}, {"sha-224", 28}, {"sha-256", 32}, {"sha-384", 48}, {"sha-512", 64}};
  for (const auto& [name, octets] : hashes) {
    const auto text = std::string(name) + ' ' + pairs(octets);
    const auto fingerprint = parse_fingerprint(text);
    ASSERT_TRUE(fingerprint) << name;
    EXPECT_EQ(write_fingerprint(*fingerprint), text);
    EXPECT_FALSE(parse_fingerprint(std::string(name) + ' ' + pairs(octets - 1))) << name;
    EXPECT_FALSE(parse_fingerprint(std::string(name) + ' ' + pairs(octets + 1))) << name;
  }
}

TEST(Fingerprint, RefusesHostileText) {
  for (const auto& text :
       {std::string(), std::string("sha-1"), "md5 " + pairs(16), "md2 " + pairs(16), "sha-1 " + kSha1 + " x",
        "sha-1 " + kSha1 + ":", "sha-1 :" + kSha1.substr(1), "sha-1 " + std::string(59, ':'),
        "sha-1 " + std::string(59, 'A'), "sha-1 G" + kSha1.substr(1), "sha-256 " + std::string(100000, 'A')})
    EXPECT_FALSE(parse_fingerprint(text)) << text.substr(0, 80);
  EXPECT_EQ(write_fingerprint({"sha-256", std::vector<std::byte>(20)}), "");
  EXPECT_EQ(write_fingerprint({"x\r\n", std::vector<std::byte>(20)}), "");
}

TEST(Setup, ReadsAndAnswers) {
  for (const auto setup : {Setup::Active, Setup::Passive, Setup::ActPass, Setup::HoldConn})
    EXPECT_EQ(parse_setup(to_string(setup)), setup);
  EXPECT_EQ(parse_setup(" ActPass "), Setup::ActPass);
  for (const auto* text : {"", "act", "active passive", "active\r\n x"})
    EXPECT_FALSE(parse_setup(text)) << text;
  EXPECT_EQ(answer_to(Setup::ActPass), Setup::Active);
  EXPECT_EQ(answer_to(Setup::Active), Setup::Passive);
  EXPECT_EQ(answer_to(Setup::Passive), Setup::Active);
  EXPECT_EQ(answer_to(Setup::HoldConn), Setup::HoldConn);
}

}  // namespace
}  // namespace warp::sdp
