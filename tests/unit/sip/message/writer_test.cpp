#include "warp/sip/message/writer.h"

#include <gtest/gtest.h>

namespace warp::sip {
namespace {

constexpr std::string_view kInvite =
    "INVITE sip:bob@example.com SIP/2.0\r\n"
    "v: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bK1;rport;x=\"a;b\", SIP/2.0/TCP far;branch=z9hG4bK0\r\n"
    "Via: SIP/2.0/TLS farther;branch=z9hG4bK9\r\n"
    "From: <sip:alice@example.com>;tag=a\r\n"
    "To: \"Bob\" <sip:bob@example.com>\r\n"
    "Call-ID: c@h\r\n"
    "CSeq: 7 INVITE\r\n"
    "\r\n";

TEST(Writer, WritesARequest) {
  std::string out = "left over";
  Writer writer(out);
  writer.request(Method::Bye, "sip:a@b;lr")
      .header(HeaderId::CallId, "x")
      .header(HeaderId::To, {"<sip:", "a@b", ">"})
      .header(HeaderId::MaxForwards, 70)
      .header("X-Own", "");
  writer.finish();
  EXPECT_TRUE(writer.ok());
  EXPECT_EQ(out,
            "BYE sip:a@b;lr SIP/2.0\r\nCall-ID: x\r\nTo: <sip:a@b>\r\nMax-Forwards: 70\r\nX-Own: \r\n"
            "Content-Length: 0\r\n\r\n");
}

TEST(Writer, WritesABody) {
  std::string out;
  Writer writer(out);
  writer.response(183).finish("application/sdp", std::string_view("v=0\r\n\0", 6));
  EXPECT_TRUE(writer.ok());
  EXPECT_EQ(out, std::string("SIP/2.0 183 Session Progress\r\nContent-Type: application/sdp\r\n"
                             "Content-Length: 6\r\n\r\nv=0\r\n\0",
                             out.size()));
  EXPECT_EQ(out.back(), '\0');
}

TEST(Writer, AnswersWithTheViasCompleted) {
  const auto request = Message::parse(kInvite);
  ASSERT_TRUE(request);
  std::string out;
  Writer writer(out);
  writer.response_to(*request, 180, {}, "t1", "203.0.113.9", 40000).finish();
  EXPECT_TRUE(writer.ok());
  EXPECT_EQ(out,
            "SIP/2.0 180 Ringing\r\n"
            "Via: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bK1;x=\"a;b\";received=203.0.113.9;rport=40000,"
            " SIP/2.0/TCP far;branch=z9hG4bK0\r\n"
            "Via: SIP/2.0/TLS farther;branch=z9hG4bK9\r\n"
            "From: <sip:alice@example.com>;tag=a\r\n"
            "To: \"Bob\" <sip:bob@example.com>;tag=t1\r\n"
            "Call-ID: c@h\r\n"
            "CSeq: 7 INVITE\r\n"
            "Content-Length: 0\r\n\r\n");
}

TEST(Writer, AnswersWithTheViasUntouchedWhenNothingIsKnown) {
  const auto request = Message::parse(kInvite);
  ASSERT_TRUE(request);
  std::string out;
  Writer(out).response_to(*request, 100, {}, {}, {}, 0).finish();
  EXPECT_NE(out.find("Via: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bK1;rport;x=\"a;b\", SIP/2.0/TCP"),
            std::string::npos)
      << out;
  EXPECT_NE(out.find("To: \"Bob\" <sip:bob@example.com>\r\n"), std::string::npos);
}

TEST(Writer, KeepsAToTagThatIsThere) {
  std::string text(kInvite);
  text.replace(text.find("<sip:bob@example.com>\r"), 21, "<sip:bob@example.com>;tag=own");
  const auto request = Message::parse(text);
  ASSERT_TRUE(request);
  std::string out;
  Writer(out).response_to(*request, 200, {}, "other", {}, 0).finish();
  EXPECT_EQ(out.find("other"), std::string::npos);
}

TEST(Writer, CopiesEveryHeaderOfAnId) {
  const auto request = Message::parse(kInvite);
  ASSERT_TRUE(request);
  std::string out;
  Writer writer(out);
  writer.request(Method::Ack, "sip:x").copy(*request, HeaderId::Via).finish();
  EXPECT_EQ(
      out,
      "ACK sip:x SIP/2.0\r\n"
      "Via: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bK1;rport;x=\"a;b\", SIP/2.0/TCP far;branch=z9hG4bK0\r\n"
      "Via: SIP/2.0/TLS farther;branch=z9hG4bK9\r\n"
      "Content-Length: 0\r\n\r\n");
}

// Each of these would put a header, or half a message, of the other side's making on the wire.
TEST(Writer, RefusesWhatCouldSmuggle) {
  const auto refuses = [](auto&& write) {
    std::string out;
    Writer writer(out);
    writer.request(Method::Options, "sip:x");
    write(writer);
    writer.finish();
    return !writer.ok() && out.empty();
  };
  const std::string_view nul("a\0b", 3);
  EXPECT_TRUE(refuses([](Writer& w) { w.header(HeaderId::Reason, "a\r\nEvil: 1"); }));
  EXPECT_TRUE(refuses([](Writer& w) { w.header(HeaderId::Reason, "a\nEvil: 1"); }));
  EXPECT_TRUE(refuses([](Writer& w) { w.header(HeaderId::Reason, "a\\\rb"); }));
  EXPECT_TRUE(refuses([&](Writer& w) { w.header(HeaderId::Reason, nul); }));
  EXPECT_TRUE(refuses([&](Writer& w) { w.header(HeaderId::Reason, {"a", nul}); }));
  EXPECT_TRUE(refuses([](Writer& w) { w.header(HeaderId::Reason, "bell\x07"); }));
  EXPECT_TRUE(refuses([](Writer& w) { w.header("X Y", "v"); }));
  EXPECT_TRUE(refuses([](Writer& w) { w.header("", "v"); }));
  EXPECT_TRUE(refuses([](Writer& w) { w.header("X:", "v"); }));
  EXPECT_TRUE(refuses([](Writer& w) { w.header(HeaderId::Other, "v"); }));
  EXPECT_TRUE(refuses([](Writer& w) { w.request(Method::Bye, "sip:a SIP/2.0"); }));
  EXPECT_TRUE(refuses([](Writer& w) { w.request(Method::Bye, ""); }));
  EXPECT_TRUE(refuses([](Writer& w) { w.request(Method::Other, "sip:a"); }));
  EXPECT_TRUE(refuses([](Writer& w) { w.request("BY E", "sip:a"); }));
  EXPECT_TRUE(refuses([](Writer& w) { w.response(99); }));
  EXPECT_TRUE(refuses([](Writer& w) { w.response(700); }));
  EXPECT_TRUE(refuses([](Writer& w) { w.response(200, "OK\r\nEvil: 1"); }));
  EXPECT_FALSE(refuses([](Writer& w) { w.header("Subject", "tab\tis fine"); }));
}

TEST(DefaultPhrase, KnowsTheRegistryAndFallsBackByClass) {
  EXPECT_EQ(default_phrase(487), "Request Terminated");
  EXPECT_EQ(default_phrase(299), "OK");
  EXPECT_EQ(default_phrase(499), "Bad Request");
  EXPECT_EQ(default_phrase(699), "Decline");
}

}  // namespace
}  // namespace warp::sip
