#include "warp/sip/transport/stun.h"

#include <gtest/gtest.h>

#include "warp/base/text.h"

namespace warp::sip {
namespace {

const std::string kId = "\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae";

std::string request(const std::string& attributes = {}) {
  std::string text{'\0', '\1', '\0', static_cast<char>(attributes.size())};
  return text + "\x21\x12\xa4\x42" + kId + attributes;
}

// The addresses of RFC 5769 §2.2 and §2.3.
TEST(Stun, AnswersAsTheTestVectorsDo) {
  const auto v4 = answer_stun(request(), *domain::SocketAddress::parse("192.0.2.1:32853"));
  ASSERT_TRUE(v4);
  EXPECT_EQ(to_hex(v4->bytes()), "0101000c2112a442" + to_hex(kId) + "002000080001a147e112a643");
  const auto v6 =
      answer_stun(request(), *domain::SocketAddress::parse("[2001:db8:1234:5678:11:2233:4455:6677]:32853"));
  ASSERT_TRUE(v6);
  EXPECT_EQ(to_hex(v6->bytes()),
            "010100182112a442" + to_hex(kId) + "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9");
}

TEST(Stun, AttributesThatMayBeIgnoredAre) {
  const auto source = *domain::SocketAddress::parse("192.0.2.1:1");
  EXPECT_TRUE(answer_stun(request(std::string("\x80\x22\0\x03", 4) + "abc" + '\0'), source));
  EXPECT_FALSE(answer_stun(request(std::string("\0\x24\0\x04", 4) + "abcd"), source)) << "PRIORITY is ICE's";
  EXPECT_FALSE(answer_stun(request(std::string("\x80\x22\0\x30", 4)), source)) << "longer than the message";
}

TEST(Stun, NothingElseIsAnswered) {
  const auto source = *domain::SocketAddress::parse("192.0.2.1:1");
  for (std::size_t cut = 0; cut < 20; ++cut)
    EXPECT_FALSE(answer_stun(request().substr(0, cut), source));
  auto response = request();
  response[0] = '\1';
  EXPECT_FALSE(answer_stun(response, source)) << "answers to answers go on for ever";
  auto other = request();
  other[4] = 'x';
  EXPECT_FALSE(answer_stun(other, source));
  EXPECT_FALSE(answer_stun(request() + "x", source));
}

}  // namespace
}  // namespace warp::sip
