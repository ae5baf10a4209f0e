#include "warp/sip/transport/scan.h"

#include <gtest/gtest.h>

#include "support/sip_text.h"

namespace warp::sip {
namespace {

std::string with(std::string_view header) {
  return "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nSubject: Call-ID: no\r\n" + std::string(header) +
         "\r\nCSeq: 1 OPTIONS\r\n\r\nCall-ID: body\r\n";
}

TEST(FindCallId, ReadsEveryForm) {
  for (const auto* header :
       {"Call-ID: one@h", "call-id:one@h", "CALL-ID  \t:   one@h  ", "i: one@h", "I :one@h\t",
        "Call-ID:\r\n one@h", "i:\r\n\t\r\n  one@h", "Call-ID: one@h\r\ni: two@h"})
    EXPECT_EQ(find_call_id(with(header)), "one@h") << header;
  EXPECT_EQ(find_call_id("\r\n\r\n" + with("i: one@h")), "one@h");
  EXPECT_EQ(find_call_id("OPTIONS sip:a@b SIP/2.0\ni: one@h\n\n"), "one@h");
}

TEST(FindCallId, FindsNoneWhereThereIsNone) {
  for (const auto* header : {"X-Call-ID: x", "Call-IDs: x", "Call-ID x", "ii: x", "Subject: a\r\n i: folded"})
    EXPECT_EQ(find_call_id(with(header)), "") << header;
  EXPECT_EQ(find_call_id(""), "");
  EXPECT_EQ(find_call_id("i: x"), "");
  EXPECT_EQ(find_call_id("OPTIONS sip:a@b SIP/2.0\r\ni"), "");
  EXPECT_EQ(find_call_id("OPTIONS sip:a@b SIP/2.0\r\ni:"), "");
  EXPECT_EQ(find_call_id("OPTIONS sip:a@b SIP/2.0\r\n\r\ni: x\r\n"), "");
}

TEST(FindCallId, AgreesWithTheParser) {
  test::RequestText request;
  for (const auto* id : {"plain", "w1-0@x", "a@[2001:db8::1]", "()<>:\\\"/[]?{}@h"}) {
    request.call_id = id;
    const auto message = Message::parse(request.text());
    ASSERT_TRUE(message) << id;
    EXPECT_EQ(find_call_id(request.text()), message->call_id());
  }
}

TEST(FindCallId, EveryPrefixIsSafe) {
  const auto text = with("Call-ID:\r\n one@h");
  for (std::size_t n = 0; n <= text.size(); ++n) {
    const std::string exact = text.substr(0, n);
    const auto found = find_call_id(exact);
    EXPECT_LE(found.size(), 5u);
  }
}

std::string ack_to(const std::string& to) {
  return test::RequestText{.method = "ACK", .to = to}.text();
}

TEST(StatelessAck, IsKnownByTheTagOfItsTo) {
  for (const auto* to : {"<sip:b@c>;tag=s0123456789abcdef", "sip:b@c;tag=s0123456789abcdef",
                         "\"a;tag=b\" <sip:b@c;x=y>;tag=sffffffffffffffff "}) {
    EXPECT_TRUE(is_stateless_ack(ack_to(to))) << to;
    EXPECT_EQ(Message::parse(ack_to(to))->to().tag.front(), 's') << to;
  }
  auto compact = ack_to("<sip:b@c>;tag=s0123456789abcdef");
  compact.replace(compact.find("\r\nTo: "), 6, "\r\nt :");
  EXPECT_TRUE(is_stateless_ack(compact));
}

TEST(StatelessAck, IsNoneWithAnyOtherTag) {
  for (const auto* to : {"<sip:b@c>", "<sip:b@c>;tag=0123456789abcdef", "<sip:b@c>;tag=s0123456789abcde",
                         "<sip:b@c>;tag=x", "<sip:b@c>;tag=s0123456789abcdeg",
                         "<sip:b@c>;tag=s0123456789abcdef0", "\"x;tag=s0123456789abcdef\" <sip:b@c>;tag=1",
                         "<sip:b@c;tag=s0123456789abcdef>", "<sip:b@c>;tag=1;x;tag=s0123456789abcdef",
                         "<sip:b@c>;x;tag=s0123456789abcdef", "<sip:b@c>;tag=s0123456789abcdef;x",
                         "<sip:b@c>;tag=s0123456789abcdef\r\n ;x", "<sip:b@c>\r\n ;tag=s0123456789abcdef"})
    EXPECT_FALSE(is_stateless_ack(ack_to(to))) << to;
  const auto whole = ack_to("<sip:b@c>;tag=s0123456789abcdef");
  EXPECT_FALSE(is_stateless_ack("INVITE" + whole.substr(3)));
  EXPECT_FALSE(is_stateless_ack("\r\n" + whole)) << "the parser's";
  auto behind = ack_to("<sip:b@c>;tag=1");
  behind += "\r\nTo: <sip:b@c>;tag=s0123456789abcdef\r\n";
  EXPECT_FALSE(is_stateless_ack(behind)) << "in what follows the headers";
}

TEST(StatelessAck, EveryPrefixIsSafe) {
  const auto whole = ack_to("<sip:b@c>;tag=s0123456789abcdef");
  const auto end = whole.find("\r\n", whole.find("tag=s")) + 2;
  for (std::size_t n = 0; n <= whole.size(); ++n)
    EXPECT_EQ(is_stateless_ack(std::string(whole, 0, n)), n >= end) << n;
}

TEST(KeepAlive, KnowsPaddingAndStun) {
  EXPECT_TRUE(is_keep_alive(""));
  EXPECT_TRUE(is_keep_alive("\r\n\r\n"));
  EXPECT_TRUE(is_keep_alive(std::string_view("\0\0\0\0", 4)));
  const std::string stun = std::string("\x00\x01\x00\x00\x21\x12\xa4\x42", 8) + std::string("0123456789ab");
  EXPECT_TRUE(is_keep_alive(stun));
  EXPECT_FALSE(is_keep_alive(stun.substr(0, 19)));
  EXPECT_FALSE(is_keep_alive("x"));
  EXPECT_FALSE(is_keep_alive("\r\nOPTIONS sip:a SIP/2.0\r\n"));
}

}  // namespace
}  // namespace warp::sip
