#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "warp/sip/message/message.h"
#include "warp/sip/message/writer.h"

namespace warp::sip {
namespace {

const std::string kHead =
    "v: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bK1;rport\r\n"
    "f: \"Alice\" <sip:alice@example.com>;tag=a\r\n"
    "t: <sip:bob@example.com>\r\n"
    "i: c@h\r\n";

std::string options(std::string_view more = {}, std::string_view body = {}) {
  std::string text = "OPTIONS sip:bob@example.com SIP/2.0\r\n" + kHead + "CSeq: 7 OPTIONS\r\n";
  text.append(more).append("\r\n").append(body);
  return text;
}

TEST(Parse, ReadsARequest) {
  const auto text =
      options("Max-Forwards: 70\r\ns: hello\r\nm: <sip:alice@192.0.2.1>\r\nl: 4\r\n", "bodyjunk");
  const auto message = Message::parse(text);
  ASSERT_TRUE(message);
  EXPECT_TRUE(message->is_request());
  EXPECT_EQ(message->method(), Method::Options);
  EXPECT_EQ(message->request_uri(), "sip:bob@example.com");
  EXPECT_EQ(message->via().transport, "UDP");
  EXPECT_EQ(message->via().host, "192.0.2.1");
  EXPECT_EQ(message->via().port, 5062);
  EXPECT_EQ(message->via().branch, "z9hG4bK1");
  EXPECT_TRUE(message->via().rport_asked);
  EXPECT_FALSE(message->via().rport);
  EXPECT_EQ(message->from().display, "Alice");
  EXPECT_EQ(message->from().tag, "a");
  EXPECT_EQ(message->to().uri, "sip:bob@example.com");
  EXPECT_EQ(message->call_id(), "c@h");
  EXPECT_EQ(message->cseq().number, 7u);
  EXPECT_EQ(message->max_forwards(), 70);
  EXPECT_EQ(message->contact()->uri, "sip:alice@192.0.2.1");
  EXPECT_EQ(message->header("subject"), "hello");
  EXPECT_EQ(message->header("call-id"), "c@h");
  EXPECT_EQ(message->header("X-None"), "");
  EXPECT_TRUE(message->has(HeaderId::Contact));
  EXPECT_FALSE(message->has(HeaderId::Route));
  EXPECT_EQ(message->body(), "body");
  EXPECT_EQ(message->headers().size(), 9u);
}

TEST(Parse, ReadsAResponse) {
  const auto message = Message::parse("SIP/2.0 486 Busy \xc3\xa9\r\n" + kHead + "CSeq: 2 INVITE\r\n\r\n");
  ASSERT_TRUE(message);
  EXPECT_FALSE(message->is_request());
  EXPECT_EQ(message->status(), 486);
  EXPECT_EQ(message->phrase(), "Busy \xc3\xa9");
  EXPECT_EQ(message->method(), Method::Invite);
}

TEST(Parse, ViewsSurviveAMove) {
  auto first = Message::parse(options());
  ASSERT_TRUE(first);
  const Message second = std::move(*first);
  EXPECT_EQ(second.call_id(), "c@h");
  EXPECT_EQ(second.header(HeaderId::CSeq), "7 OPTIONS");
  EXPECT_GE(second.call_id().data(), second.text().data());
}

TEST(Parse, UnfoldsInPlace) {
  const auto message = Message::parse(options("Subject: one\r\n two\r\n\tthree\r\n \r\nX: y\r\n"));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->header("Subject"), "one   two  \tthree");
  EXPECT_EQ(message->header("X"), "y");
}

TEST(Parse, BodyThatBeginsWithABlankIsNoContinuation) {
  const auto message = Message::parse(options({}, " body"));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->body(), " body");
}

TEST(Parse, SkipsEmptyLinesInFront) {
  EXPECT_TRUE(Message::parse("\r\n\r\n" + options()));
}

struct Refused {
  const char* why;
  std::string text;
  ParseCode code;
  Severity severity;
};
void PrintTo(const Refused& refused, std::ostream* out) {
  *out << refused.why;
}

class RefusedMessage : public testing::TestWithParam<Refused> {};

TEST_P(RefusedMessage, SaysWhyAndWhetherToAnswer) {
  const auto& want = GetParam();
  const auto message = Message::parse(want.text);
  ASSERT_FALSE(message);
  EXPECT_EQ(to_string(message.error().code), to_string(want.code));
  EXPECT_EQ(message.error().severity == Severity::Reject, want.severity == Severity::Reject);
  EXPECT_EQ(Message::parse_rejected(want.text).has_value(), want.severity == Severity::Reject);
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  text.replace(text.find(what), what.size(), by);
  return text;
}
std::string many(std::string_view line, unsigned count) {
  std::string text;
  for (unsigned i = 0; i < count; ++i)
    text += line;
  return text;
}
const std::string kNulHeader = std::string("X: a") + '\0' + "b\r\n";

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedMessage,
    testing::Values(
        Refused{"nothing", "", ParseCode::Empty, Severity::Drop},
        Refused{"keep-alive", "\r\n\r\n", ParseCode::Empty, Severity::Drop},
        Refused{"one megabyte", options("X: " + std::string(1 << 20, 'x') + "\r\n"), ParseCode::TooLarge,
                Severity::Drop},
        Refused{"no line end", "OPTIONS sip:a SIP/2.0", ParseCode::StartLine, Severity::Drop},
        Refused{"HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", ParseCode::StartLine, Severity::Drop},
        Refused{"binary", std::string("\x16\x03\x01\x00\xff\r\n\r\n", 9), ParseCode::ForbiddenByte,
                Severity::Drop},
        Refused{"cut in the headers", options().substr(0, options().size() - 4), ParseCode::Truncated,
                Severity::Drop},
        Refused{"no empty line", options().substr(0, options().size() - 2), ParseCode::Truncated,
                Severity::Reject},
        Refused{"bare LF", replaced(options("X: a\r\n"), "X: a", "X: a\nEvil: b"), ParseCode::ForbiddenByte,
                Severity::Reject},
        Refused{"bare CR", options("X: a\rEvil: b\r\n"), ParseCode::ForbiddenByte, Severity::Reject},
        Refused{"CR after a backslash", options("X: a\\\rEvil: b\r\n"), ParseCode::ForbiddenByte,
                Severity::Reject},
        Refused{"NUL", options(kNulHeader), ParseCode::ForbiddenByte, Severity::Reject},
        Refused{"DEL", options("X: \x7f\r\n"), ParseCode::ForbiddenByte, Severity::Reject},
        Refused{"NUL in the Call-ID", replaced(options(), "c@h", std::string_view("c\0h", 3)),
                ParseCode::ForbiddenByte, Severity::Reject},
        Refused{"blank in a header's name", options("X Y: a\r\n"), ParseCode::HeaderSyntax, Severity::Reject},
        Refused{"no colon", options("Xyz\r\n"), ParseCode::HeaderSyntax, Severity::Reject},
        Refused{"no name", options(": a\r\n"), ParseCode::HeaderSyntax, Severity::Reject},
        Refused{"second From", options("From: <sip:m@n>;tag=z\r\n"), ParseCode::DuplicateHeader,
                Severity::Reject},
        Refused{"second To", options("to: <sip:m@n>\r\n"), ParseCode::DuplicateHeader, Severity::Reject},
        Refused{"second Call-ID", options("I: c@h\r\n"), ParseCode::DuplicateHeader, Severity::Reject},
        Refused{"second CSeq", options("CSeq: 7 OPTIONS\r\n"), ParseCode::DuplicateHeader, Severity::Reject},
        Refused{"second Max-Forwards", options("Max-Forwards: 1\r\nMax-Forwards: 1\r\n"),
                ParseCode::DuplicateHeader, Severity::Reject},
        Refused{"second Content-Length", options("l: 0\r\nContent-Length : 0\r\n"),
                ParseCode::DuplicateHeader, Severity::Reject},
        Refused{"second Content-Type", options("c: a/b\r\nContent-Type: c/d\r\n"), ParseCode::DuplicateHeader,
                Severity::Reject},
        Refused{"negative length", options("l: -1\r\n"), ParseCode::ContentLength, Severity::Reject},
        Refused{"length with a sign", options("l: +1\r\n", "x"), ParseCode::ContentLength, Severity::Reject},
        Refused{"length over 2^31", options("l: 2147483648\r\n"), ParseCode::Truncated, Severity::Reject},
        Refused{"length over 2^32", options("l: 4294967296\r\n"), ParseCode::ContentLength, Severity::Reject},
        Refused{"length over 2^64", options("l: 18446744073709551617\r\n", "x"), ParseCode::ContentLength,
                Severity::Reject},
        Refused{"empty length", options("l:\r\n"), ParseCode::ContentLength, Severity::Reject},
        Refused{"length in two words", options("l: 0 0\r\n"), ParseCode::ContentLength, Severity::Reject},
        Refused{"short body", options("l: 5\r\n", "four"), ParseCode::Truncated, Severity::Reject},
        Refused{"CSeq of 2^31", replaced(options(), "7 OPT", "2147483648 OPT"), ParseCode::CSeq,
                Severity::Reject},
        Refused{"negative CSeq", replaced(options(), "7 OPT", "-7 OPT"), ParseCode::CSeq, Severity::Reject},
        Refused{"CSeq of another method", replaced(options(), "7 OPTIONS", "7 INVITE"), ParseCode::CSeq,
                Severity::Reject},
        Refused{"CSeq glued", replaced(options(), "7 OPTIONS", "7OPTIONS"), ParseCode::CSeq,
                Severity::Reject},
        Refused{"Max-Forwards of 256", options("Max-Forwards: 256\r\n"), ParseCode::MaxForwards,
                Severity::Reject},
        Refused{"10,000 Vias", options(many("Via: SIP/2.0/UDP h\r\n", 3000)), ParseCode::TooManyHeaders,
                Severity::Drop},
        Refused{"10,000 Vias in one header",
                options("v: " + many("SIP/2.0/UDP h, ", 4000) + "SIP/2.0/UDP h\r\n"),
                ParseCode::TooManyHeaders, Severity::Drop},
        Refused{"too many headers", options(many("X: y\r\n", 300)), ParseCode::TooManyHeaders,
                Severity::Drop},
        Refused{"blank in the Call-ID", replaced(options(), "c@h", "c h"), ParseCode::HeaderSyntax,
                Severity::Drop},
        Refused{"no Via", replaced(options(), "v: SIP", "X: SIP"), ParseCode::MissingHeader, Severity::Drop},
        Refused{"unreadable Via", replaced(options(), "SIP/2.0/UDP", "SIP/2.0"), ParseCode::Via,
                Severity::Drop},
        Refused{"Via port of 0", replaced(options(), "5062", "0"), ParseCode::Via, Severity::Reject},
        Refused{"Via port of 65536", replaced(options(), "5062", "65536"), ParseCode::Via, Severity::Reject},
        Refused{"two branches", replaced(options(), ";rport", ";branch=z9hG4bK2"), ParseCode::Via,
                Severity::Reject},
        Refused{"two parties in From", replaced(options(), "tag=a", "tag=a, <sip:m@n>"), ParseCode::FromTo,
                Severity::Reject},
        Refused{"Contact of junk", options("m: ;;;\r\n"), ParseCode::HeaderSyntax, Severity::Reject},
        Refused{"no ACK is answered",
                replaced(replaced(options("l: -1\r\n"), "OPTIONS", "ACK"), "OPTIONS", "ACK"),
                ParseCode::ContentLength, Severity::Drop},
        Refused{"bad response", "SIP/2.0 200 OK\r\n" + kHead + "CSeq: 2 INVITE\r\nl: -1\r\n\r\n",
                ParseCode::ContentLength, Severity::Drop},
        Refused{"status of 99", "SIP/2.0 099 X\r\n" + kHead + "CSeq: 2 INVITE\r\n\r\n", ParseCode::StartLine,
                Severity::Drop},
        Refused{"status of 700", "SIP/2.0 700 X\r\n" + kHead + "CSeq: 2 INVITE\r\n\r\n", ParseCode::StartLine,
                Severity::Drop}));

TEST(Parse, ContactOfAllBindings) {
  EXPECT_TRUE(Message::parse(options("m: *\r\n")));
  EXPECT_TRUE(Message::parse(options("m: <sip:a@b>;q=1, \"x, y\" <sip:c@d>\r\nm: sip:e@f\r\n")));
}

TEST(Parse, OffsetPointsAtTheFault) {
  const auto text = options("l: -1\r\n");
  const auto message = Message::parse(text);
  ASSERT_FALSE(message);
  EXPECT_EQ(message.error().offset, text.find("-1"));
}

TEST(Parse, LimitsAreTheCallers) {
  Limits limits;
  limits.headers = 5;
  EXPECT_TRUE(Message::parse(options(), limits));
  limits.headers = 4;
  EXPECT_FALSE(Message::parse(options(), limits));
  limits = Limits{};
  limits.message_octets = options().size();
  EXPECT_TRUE(Message::parse(options(), limits));
  --limits.message_octets;
  EXPECT_FALSE(Message::parse(options(), limits));
}

TEST(ParseRejected, HoldsWhatAnAnswerNeeds) {
  const auto request = Message::parse_rejected(options("From: <sip:evil@example.com>;tag=e\r\nl: -1\r\n"));
  ASSERT_TRUE(request);
  std::string out;
  Writer writer(out);
  writer.response_to(*request, 400, {}, "t", {}, 0).finish();
  EXPECT_TRUE(writer.ok());
  EXPECT_EQ(out,
            "SIP/2.0 400 Bad Request\r\n"
            "Via: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bK1;rport\r\n"
            "From: \"Alice\" <sip:alice@example.com>;tag=a\r\n"
            "To: <sip:bob@example.com>;tag=t\r\n"
            "Call-ID: c@h\r\n"
            "CSeq: 7 OPTIONS\r\n"
            "Content-Length: 0\r\n\r\n");
}

}  // namespace
}  // namespace warp::sip
