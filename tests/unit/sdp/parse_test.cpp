#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "warp/sdp/session.h"

namespace warp::sdp {
namespace {

using testing::ElementsAre;

const std::string kHead = "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n";

std::string many(std::string_view line, unsigned count) {
  std::string text;
  for (unsigned i = 0; i < count; ++i)
    text += line;
  return text;
}

TEST(Parse, ReadsEveryLine) {
  const auto session = parse(
      "v=0\r\n"
      "o=jdoe 3724394400 3724394405 IN IP6 2001:db8::1\r\n"
      "s=Call to John Smith\r\n"
      "i=SDP Offer #1\r\n"
      "u=http://www.jdoe.example.com/home.html\r\n"
      "e=Jane Doe <jane@jdoe.example.com>\r\n"
      "p=+1 617 555-6011\r\n"
      "c=IN IP4 224.2.17.12/127/3\r\n"
      "b=AS:128\r\n"
      "t=3724394400 3724398000\r\n"
      "r=7d 1h 0 25h\r\n"
      "z=0 0\r\n"
      "k=clear:x\r\n"
      "a=group:BUNDLE a v\r\n"
      "x=what is this\r\n"
      "m=audio 49170/2 RTP/AVP 0 101\r\n"
      "i=left\r\n"
      "c=IN IP6 ff15::101/3\r\n"
      "b=TIAS:64000\r\n"
      "k=prompt\r\n"
      "a=sendrecv\r\n"
      "a=candidate:1 1 UDP 2130706431 192.0.2.1 49170 typ host\r\n"
      "m=image 0 udptl t38\r\n");
  ASSERT_TRUE(session);
  EXPECT_EQ(session->origin, (Origin{"jdoe", "3724394400", "3724394405", true, "2001:db8::1"}));
  EXPECT_EQ(session->name, "Call to John Smith");
  EXPECT_EQ(session->connection, (Connection{"224.2.17.12", false, 127, 3}));
  EXPECT_THAT(session->bandwidth, ElementsAre("AS:128"));
  EXPECT_THAT(session->times, ElementsAre("3724394400 3724398000"));
  EXPECT_THAT(session->attributes, ElementsAre(Attribute{"group", "BUNDLE a v"}));
  EXPECT_EQ(session->others.size(), 8u);
  EXPECT_EQ(session->others.back(), (Line{'x', "what is this"}));
  ASSERT_EQ(session->media.size(), 2u);
  const auto& audio = session->media[0];
  EXPECT_EQ(audio.kind, "audio");
  EXPECT_EQ(audio.port, 49170);
  EXPECT_EQ(audio.port_count, 2u);
  EXPECT_EQ(audio.proto, "RTP/AVP");
  EXPECT_THAT(audio.formats, ElementsAre("0", "101"));
  EXPECT_EQ(audio.connection, (Connection{"ff15::101", true, {}, 3}));
  EXPECT_THAT(audio.bandwidth, ElementsAre("TIAS:64000"));
  EXPECT_THAT(audio.others, ElementsAre(Line{'i', "left"}, Line{'k', "prompt"}));
  EXPECT_EQ(audio.attributes[1].value, "1 1 UDP 2130706431 192.0.2.1 49170 typ host");
  EXPECT_EQ(session->media[1].port, 0);
}

TEST(Parse, FillsInWhatRealUserAgentsLeaveOut) {
  const auto session = parse("v=0\nm=audio 4000 RTP/AVP 0\n");
  ASSERT_TRUE(session);
  EXPECT_EQ(session->origin, Origin{});
  EXPECT_EQ(session->name, "-");
  EXPECT_THAT(session->times, ElementsAre("0 0"));
  EXPECT_EQ(session->media.size(), 1u);
}

struct Tolerated {
  const char* why;
  std::string text;
};
void PrintTo(const Tolerated& tolerated, std::ostream* out) {
  *out << tolerated.why;
}

// Whatever parses must write, and parse to the same again.
class ToleratedSession : public testing::TestWithParam<Tolerated> {};

TEST_P(ToleratedSession, SurvivesTheRoundTrip) {
  const auto session = parse(GetParam().text);
  ASSERT_TRUE(session) << to_string(session.error().code);
  std::string written;
  ASSERT_TRUE(write(*session, written));
  const auto again = parse(written);
  ASSERT_TRUE(again) << written;
  EXPECT_EQ(*again, *session) << written;
}

INSTANTIATE_TEST_SUITE_P(
    Table, ToleratedSession,
    testing::Values(Tolerated{"plain", kHead + "m=audio 4000 RTP/AVP 0\r\n"}, Tolerated{"no media", kHead},
                    Tolerated{"v= alone", "v=0"},
                    Tolerated{"last line not ended", kHead + "m=audio 4000 RTP/AVP 0"},
                    Tolerated{"blank lines", "\r\n" + kHead + "\r\n\nm=audio 4000 RTP/AVP 0\r\n\r\n"},
                    Tolerated{"no name", "v=0\r\ns= \r\n"},
                    Tolerated{"user name with blanks", "v=0\r\no=John  Q. Doe 1 2 IN IP4 h\r\n"},
                    Tolerated{"no user name", "v=0\r\no= 1 2 IN IP4 h\r\n"},
                    Tolerated{"origin twice", "v=0\r\no=a 1 2 IN IP4 h\r\no=b 3 4 IN IP4 i\r\n"},
                    Tolerated{"huge session id", "v=0\r\no=- 99999999999999999999999999 x IN IP4 h\r\n"},
                    Tolerated{"lines out of order",
                              "v=0\r\nx=1\r\nk=2\r\ni=3\r\na=4\r\nt=0 0\r\ne=5\r\nz=6\r\nr=7\r\nb=8\r\n"
                              "m=audio 1 RTP/AVP 0\r\na=9\r\nk=1\r\nb=2\r\ni=3\r\ns=4\r\nt=5\r\n"},
                    Tolerated{"old hold", "v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 1 RTP/AVP 0\r\n"},
                    Tolerated{"port 0", kHead + "m=audio 0 RTP/AVP 0\r\n"},
                    Tolerated{"ptime 0", kHead + "m=audio 1 RTP/AVP 0\r\na=ptime:0\r\n"},
                    Tolerated{"no formats", kHead + "m=audio 0 RTP/AVP\r\n"},
                    Tolerated{"blanks in m=", kHead + "m= audio\t1   RTP/AVP   0  8 \r\n"},
                    Tolerated{"absurd fmtp", kHead + "m=audio 1 RTP/AVP 0\r\na=fmtp:999 " +
                                                 std::string(20000, ';') + "\r\n"},
                    Tolerated{"absurd attributes",
                              kHead + "a=\r\na=:\r\na=:x\r\na=x:\r\na= x : y : z \r\na=::\r\n"},
                    Tolerated{"IPv6 in brackets", "v=0\r\nc=IN IP6 [2001:db8::1]\r\n"},
                    Tolerated{"host name", "v=0\r\nc=IN IP4 media.example.com\r\n"},
                    Tolerated{"TTL", "v=0\r\nc=IN IP4 224.2.1.1/0\r\n"},
                    Tolerated{"two connections", "v=0\r\nc=IN IP4 a\r\nc=IN IP4 b\r\n"},
                    Tolerated{"unknown letters", kHead + "Y=1\r\nm=audio 1 RTP/AVP 0\r\nw=2\r\n"},
                    Tolerated{"other bytes", kHead + "i=\x01\x7f\xff\tx\r\n"},
                    Tolerated{"64 streams", kHead + many("m=audio 1 RTP/AVP 0\r\n", 64)}));

struct Refused {
  const char* why;
  std::string text;
  ParseCode code;
};
void PrintTo(const Refused& refused, std::ostream* out) {
  *out << refused.why;
}

class RefusedSession : public testing::TestWithParam<Refused> {};

TEST_P(RefusedSession, SaysWhy) {
  const auto session = parse(GetParam().text);
  ASSERT_FALSE(session);
  EXPECT_EQ(to_string(session.error().code), to_string(GetParam().code));
}

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedSession,
    testing::Values(
        Refused{"nothing", "", ParseCode::Empty}, Refused{"empty lines", "\r\n\n", ParseCode::Empty},
        Refused{"too large", kHead + "i=" + std::string(65536, 'x') + "\r\n", ParseCode::TooLarge},
        Refused{"too many lines", kHead + many("a=x\r\n", 4096), ParseCode::TooManyLines},
        Refused{"1,000 streams", kHead + many("m=audio 1 RTP/AVP 0\r\n", 1000), ParseCode::TooManyMedia},
        Refused{"1,000 formats", kHead + "m=audio 1 RTP/AVP" + many(" 0", 1000) + "\r\n",
                ParseCode::TooManyFormats},
        Refused{"version 1", "v=1\r\n", ParseCode::Version},
        Refused{"no version", "o=- 1 2 IN IP4 h\r\nv=0\r\n", ParseCode::Version},
        Refused{"NUL", kHead + std::string("i=a\0b\r\n", 7), ParseCode::ForbiddenByte},
        Refused{"bare CR", kHead + "i=a\rb\r\n", ParseCode::ForbiddenByte},
        Refused{"prose", "v=0\r\nhello world\r\n", ParseCode::LineSyntax},
        Refused{"one letter", "v=0\r\na\r\n", ParseCode::LineSyntax},
        Refused{"no letter", "v=0\r\n9=x\r\n", ParseCode::LineSyntax},
        Refused{"short origin", "v=0\r\no=1 IN IP4 h\r\n", ParseCode::Origin},
        Refused{"origin of ATM", "v=0\r\no=- 1 2 ATM NSAP h\r\n", ParseCode::Origin},
        Refused{"empty connection", "v=0\r\nc=\r\n", ParseCode::Connection},
        Refused{"connection without address", "v=0\r\nc=IN IP4\r\n", ParseCode::Connection},
        Refused{"connection of IP5", "v=0\r\nc=IN IP5 h\r\n", ParseCode::Connection},
        Refused{"connection with more", "v=0\r\nc=IN IP4 h i\r\n", ParseCode::Connection},
        Refused{"TTL of 256", "v=0\r\nc=IN IP4 h/256\r\n", ParseCode::Connection},
        Refused{"no multicast addresses", "v=0\r\nc=IN IP4 h/1/0\r\n", ParseCode::Connection},
        Refused{"nothing before the slash", "v=0\r\nc=IN IP6 /1\r\n", ParseCode::Connection},
        Refused{"m= empty", kHead + "m=\r\n", ParseCode::MediaLine},
        Refused{"m= without protocol", kHead + "m=audio 1\r\n", ParseCode::MediaLine},
        Refused{"port of 65536", kHead + "m=audio 65536 RTP/AVP 0\r\n", ParseCode::MediaLine},
        Refused{"negative port", kHead + "m=audio -1 RTP/AVP 0\r\n", ParseCode::MediaLine},
        Refused{"no ports", kHead + "m=audio 1/0 RTP/AVP 0\r\n", ParseCode::MediaLine}));

TEST(Parse, OffsetIsTheLines) {
  const auto session = parse("v=0\r\n\r\nm=x\r\n");
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().offset, 7u);
}

}  // namespace
}  // namespace warp::sdp
