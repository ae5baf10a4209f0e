#include "warp/sip/auth/digest_client.h"

#include <gtest/gtest.h>

namespace warp::sip {
namespace {

const domain::IpAddress kCarrier = domain::IpAddress::v4(0xC6336401);
const domain::IpAddress kStranger = domain::IpAddress::v4(0xCB007101);
constexpr std::string_view kCalledUri = "sip:+14155550100@198.51.100.1";

Message response(int status, std::string_view headers) {
  std::string text = "SIP/2.0 " + std::to_string(status) +
                     " Who\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@w>;tag=1\r\n"
                     "To: <sip:b@w>;tag=2\r\nCall-ID: c\r\nCSeq: 1 BYE\r\n";
  text += headers;
  text += "Content-Length: 0\r\n\r\n";
  auto message = Message::parse(text);
  EXPECT_TRUE(message.has_value());
  return std::move(*message);
}

class DigestClientTest : public testing::Test {
 protected:
  // The header that write() adds; empty: none.
  std::string written(const domain::IpAddress& to = kCarrier, HeaderId id = HeaderId::Authorization) {
    std::string bytes;
    Writer writer(bytes);
    writer.request(Method::Bye, kCalledUri);
    writer.header(HeaderId::Via, "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1")
        .header(HeaderId::From, "<sip:a@w>;tag=1")
        .header(HeaderId::To, "<sip:b@w>;tag=2")
        .header(HeaderId::CallId, "c")
        .header(HeaderId::CSeq, "1 BYE");
    client_.write(writer, "BYE", kCalledUri, to, credential_, ids_);
    writer.finish();
    auto message = Message::parse(bytes);
    EXPECT_TRUE(message.has_value());
    return std::string(message->header(id));
  }
  DigestAnswer take(int status, std::string_view headers, const domain::IpAddress& from = kCarrier) {
    return client_.take(response(status, headers), from, credential_);
  }

  PeerCredential credential_{"warp-1",
                             "carrier.example",
                             make_digest_secret("warp-1", "carrier.example", "secret"),
                             {*domain::Cidr::parse("198.51.100.0/28")}};
  DigestClient client_;
  SeededIdSource ids_{1};
};

constexpr std::string_view kMd5 =
    "WWW-Authenticate: Digest realm=\"carrier.example\", nonce=\"n1\", qop=\"auth\"\r\n";
constexpr std::string_view kBoth =
    "WWW-Authenticate: Digest realm=\"carrier.example\", nonce=\"m\", qop=\"auth\", opaque=\"o\"\r\n"
    "WWW-Authenticate: Digest realm=\"carrier.example\", nonce=\"s\", qop=\"auth\", algorithm=SHA-256\r\n";

TEST_F(DigestClientTest, AnswersTheStrongest) {
  EXPECT_EQ(written(), "");
  ASSERT_EQ(take(401, kBoth), DigestAnswer::Ready);
  const auto said = parse_credentials(written());
  ASSERT_TRUE(said.has_value());
  EXPECT_EQ(said->algorithm, DigestAlgorithm::Sha256);
  EXPECT_EQ(said->nonce, "s");
  EXPECT_EQ(said->uri, kCalledUri);
  EXPECT_EQ(said->count(), 1u);
  EXPECT_EQ(said->response, digest_response(DigestAlgorithm::Sha256, credential_.secret.sha256,
                                            {"BYE", kCalledUri, "s", "00000001", said->cnonce})
                                .view());
}

TEST_F(DigestClientTest, AnswersAProxyInItsOwnHeader) {
  ASSERT_EQ(take(407, "Proxy-Authenticate: Digest realm=\"carrier.example\", nonce=\"n\"\r\n"),
            DigestAnswer::Ready);
  EXPECT_EQ(written(), "");
  const auto said = parse_credentials(written(kCarrier, HeaderId::ProxyAuthorization));
  ASSERT_TRUE(said.has_value());
  EXPECT_EQ(said->nc, "");  // no qop was offered
}

TEST_F(DigestClientTest, CountsItsNonce) {
  ASSERT_EQ(take(401, kMd5), DigestAnswer::Ready);
  EXPECT_EQ(parse_credentials(written())->count(), 1u);
  const auto second = parse_credentials(written());
  EXPECT_EQ(second->count(), 2u);
  EXPECT_EQ(second->nc, "00000002");
}

// A peer that asks for somebody else's realm, and one that is not the carrier and asks for the carrier's.
TEST_F(DigestClientTest, LeaksNothing) {
  EXPECT_EQ(take(401, "WWW-Authenticate: Digest realm=\"bank.example\", nonce=\"n\"\r\n"),
            DigestAnswer::OtherRealm);
  EXPECT_EQ(written(), "");
  EXPECT_EQ(take(401, kMd5, kStranger), DigestAnswer::OtherPeer);
  EXPECT_EQ(written(), "");
  ASSERT_EQ(take(401, kMd5), DigestAnswer::Ready);
  EXPECT_EQ(written(kStranger), "");
  credential_.realm = "bank.example";
  EXPECT_EQ(written(), "");
}

TEST_F(DigestClientTest, TriesAgainForAStaleNonceAlone) {
  ASSERT_EQ(take(401, kMd5), DigestAnswer::Ready);
  EXPECT_EQ(take(401, "WWW-Authenticate: Digest realm=\"carrier.example\", nonce=\"n2\"\r\n"),
            DigestAnswer::Refused);
  const auto stale = [](int n) {
    return "WWW-Authenticate: Digest realm=\"carrier.example\", stale=true, nonce=\"x" + std::to_string(n) +
           "\"\r\n";
  };
  EXPECT_EQ(take(401, stale(1)), DigestAnswer::Ready);
  EXPECT_EQ(take(401, stale(1)), DigestAnswer::Refused);  // the same nonce is not fresher
  EXPECT_EQ(take(401, stale(2)), DigestAnswer::TooOften);
  client_.next_request();
  EXPECT_EQ(take(401, stale(4)), DigestAnswer::Ready);
}

TEST_F(DigestClientTest, SaysWhatItCannotAnswer) {
  EXPECT_EQ(take(403, ""), DigestAnswer::NoChallenge);
  EXPECT_EQ(take(401, "Proxy-Authenticate: Digest realm=\"carrier.example\", nonce=\"n\"\r\n"),
            DigestAnswer::NoChallenge);
  EXPECT_EQ(
      take(401, "WWW-Authenticate: Digest realm=\"carrier.example\", nonce=\"n\", algorithm=MD5-sess\r\n"),
      DigestAnswer::Unsupported);
  EXPECT_FALSE(client_.ready());
}

}  // namespace
}  // namespace warp::sip
