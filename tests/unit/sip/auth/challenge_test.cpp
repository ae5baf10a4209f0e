#include "warp/sip/auth/challenge.h"

#include <gtest/gtest.h>

namespace warp::sip {
namespace {

Message request_with(std::string_view headers) {
  std::string text =
      "REGISTER sip:warp.example SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
      "From: <sip:a@warp.example>;tag=1\r\nTo: <sip:a@warp.example>\r\nCall-ID: c\r\nCSeq: 1 REGISTER\r\n"
      "Max-Forwards: 70\r\n";
  text += headers;
  text += "Content-Length: 0\r\n\r\n";
  auto message = Message::parse(text);
  EXPECT_TRUE(message.has_value());
  return std::move(*message);
}

TEST(Challenge, IsReadAndWritten) {
  const auto challenge = parse_challenge(
      R"(digest realm="a \"b\" \\c", nonce=abc , opaque="",stale=TRUE, algorithm="sha-256", qop="auth-int, auth")");
  ASSERT_TRUE(challenge.has_value());
  EXPECT_EQ(challenge->realm, R"(a "b" \c)");
  EXPECT_EQ(challenge->nonce, "abc");
  EXPECT_TRUE(challenge->stale);
  EXPECT_TRUE(challenge->qop);
  EXPECT_EQ(challenge->algorithm, DigestAlgorithm::Sha256);
  const auto again = parse_challenge(write(*challenge));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(*again, *challenge);
}

TEST(Challenge, WithoutAlgorithmOrQopIsTheOldOne) {
  const auto challenge = parse_challenge(R"(Digest realm="r", nonce="n")");
  ASSERT_TRUE(challenge.has_value());
  EXPECT_EQ(challenge->algorithm, DigestAlgorithm::Md5);
  EXPECT_FALSE(challenge->qop);
}

TEST(Challenge, RefusesWhatItCannotBe) {
  const auto error = [](std::string_view text) { return parse_challenge(text).error(); };
  EXPECT_EQ(error(R"(Basic realm="r")"), DigestError::Scheme);
  EXPECT_EQ(error(R"(Digest)"), DigestError::Scheme);
  EXPECT_EQ(error(R"(Digest realm="r)"), DigestError::Syntax);
  EXPECT_EQ(error(R"(Digest realm="r" nonce="n")"), DigestError::Syntax);
  EXPECT_EQ(error("Digest realm=\"a\x01\", nonce=n"), DigestError::Syntax);
  EXPECT_EQ(error(R"(Digest realm="r", nonce="n", Realm="x")"), DigestError::Duplicate);
  EXPECT_EQ(error(R"(Digest realm="r")"), DigestError::Missing);
  EXPECT_EQ(error(R"(Digest realm="r", nonce="n", algorithm=SHA-512-256)"), DigestError::Unsupported);
  EXPECT_EQ(error(R"(Digest realm="r", nonce="n", qop="auth-int")"), DigestError::Unsupported);
  EXPECT_EQ(error("Digest realm=\"" + std::string(600, 'x') + "\", nonce=n"), DigestError::TooLong);
  std::string many = "Digest p0=0";
  for (int i = 1; i < 40; ++i)
    many += ",p" + std::to_string(i) + "=0";
  EXPECT_EQ(error(many), DigestError::TooLong);
}

TEST(Credentials, AreReadAndWritten) {
  const auto credentials = parse_credentials(
      R"(Digest username="al\"ice", realm="r", nonce="n", uri="sip:warp.example", response="ab", )"
      R"(algorithm=MD5, qop="auth", nc=0000000A, cnonce="c", opaque="o", extension="kept out")");
  ASSERT_TRUE(credentials.has_value());
  EXPECT_EQ(credentials->username, "al\"ice");
  EXPECT_EQ(credentials->count(), 10u);
  const auto again = parse_credentials(write(*credentials));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(*again, *credentials);
}

TEST(Credentials, RefuseHashedNamesAndHalfCounts) {
  const std::string whole =
      R"(Digest username="a", realm="r", nonce="n", uri="sip:w", response="0", qop=auth, cnonce="c")";
  EXPECT_EQ(parse_credentials(whole).error(), DigestError::Missing);
  EXPECT_EQ(parse_credentials(whole + ", nc=1").error(), DigestError::Syntax);
  EXPECT_EQ(parse_credentials(whole + ", nc=0000000g").error(), DigestError::Syntax);
  EXPECT_EQ(parse_credentials(whole + ", nc=00000001, userhash=true").error(), DigestError::Unsupported);
  EXPECT_TRUE(parse_credentials(whole + ", nc=00000001, userhash=false").has_value());
}

TEST(Credentials, AreFoundByTheirRealm) {
  const std::string head =
      R"(Authorization: Digest username="a", nonce="n", uri="sip:w", response="0", realm=)";
  const auto request = request_with(head + "\"one\"\r\n" + head + "\"two\"\r\n");
  const auto two = credentials_of(request, HeaderId::Authorization, "two");
  ASSERT_TRUE(two.has_value());
  ASSERT_TRUE(two->has_value());
  EXPECT_EQ((*two)->realm, "two");
  const auto three = credentials_of(request, HeaderId::Authorization, "three");
  ASSERT_TRUE(three.has_value());
  EXPECT_FALSE(three->has_value());
  const auto other_scheme = request_with("Authorization: NoOneKnowsThisScheme opaque-data=here\r\n");
  const auto none = credentials_of(other_scheme, HeaderId::Authorization, "one");
  ASSERT_TRUE(none.has_value());
  EXPECT_FALSE(none->has_value());
  const auto broken = request_with("Authorization: Digest x\r\n");
  EXPECT_EQ(credentials_of(broken, HeaderId::Authorization, "one").error(), DigestError::Syntax);
}

TEST(Challenges, ComeStrongestFirst) {
  const auto response = request_with(
      "WWW-Authenticate: Digest realm=\"old\", nonce=\"1\"\r\n"
      "WWW-Authenticate: Basic realm=\"no\"\r\n"
      "WWW-Authenticate: Digest realm=\"new\", nonce=\"2\", algorithm=SHA-256\r\n");
  const auto found = challenges_of(response, HeaderId::WwwAuthenticate);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].realm, "new");
  EXPECT_EQ(found[1].realm, "old");
}

}  // namespace
}  // namespace warp::sip
