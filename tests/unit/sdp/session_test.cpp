#include "warp/sdp/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace warp::sdp {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Media media_of(std::string_view lines) {
  auto session = parse("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n" + std::string(lines));
  EXPECT_TRUE(session);
  return session ? std::move(session->media.at(0)) : Media{};
}

TEST(Media, LooksUpCodecs) {
  const auto media = media_of(
      "m=audio 40000 RTP/AVP 0 8 18 9 96 97 98 99 13\r\n"
      "a=rtpmap:96 opus/48000/2\r\n"
      "a=rtpmap:97  telephone-event/8000 \r\n"
      "a=rtpmap:98 broken\r\n"
      "a=rtpmap:13 L8/11025\r\n"
      "a=fmtp:97 0-16\r\n"
      "a=fmtp:18 annexb=no\r\n");
  const auto expect = [&](std::uint8_t type, std::string_view encoding, std::uint32_t clock,
                          unsigned channels) {
    const auto map = media.rtpmap(type);
    ASSERT_TRUE(map) << unsigned{type};
    EXPECT_EQ(map->encoding, encoding);
    EXPECT_EQ(map->clock_rate, clock);
    EXPECT_EQ(map->channels, channels);
  };
  expect(0, "PCMU", 8000, 1);
  expect(8, "PCMA", 8000, 1);
  expect(9, "G722", 8000, 1);
  expect(18, "G729", 8000, 1);
  expect(96, "opus", 48000, 2);
  expect(97, "telephone-event", 8000, 1);
  expect(13, "L8", 11025, 1);
  EXPECT_FALSE(media.rtpmap(98));
  EXPECT_FALSE(media.rtpmap(99));
  EXPECT_EQ(media.fmtp(97), "0-16");
  EXPECT_EQ(media.fmtp(18), "annexb=no");
  EXPECT_EQ(media.fmtp(0), "");
}

TEST(Media, RefusesAbsurdRtpmaps) {
  for (const auto* text : {"8000", "/8000", "x/0", "x/-1", "x/99999999999", "x/8000/0", "x/8000/999",
                           "x/8000/", "x/8000/1/1", ""})
    EXPECT_FALSE(media_of("m=audio 1 RTP/AVP 96\r\na=rtpmap:96 " + std::string(text) + "\r\n").rtpmap(96))
        << text;
}

TEST(Media, ListsPayloadTypesOfRtpAlone) {
  EXPECT_THAT(media_of("m=audio 1 RTP/AVP 8 101 128 -1 x 0\r\n").payload_types(), ElementsAre(8, 101, 0));
  EXPECT_THAT(media_of("m=audio 1 UDP/TLS/RTP/SAVPF 111\r\n").payload_types(), ElementsAre(111));
  const auto fax = media_of("m=image 1 udptl t38\r\n");
  EXPECT_FALSE(fax.is_rtp());
  EXPECT_THAT(fax.formats, ElementsAre("t38"));
  EXPECT_THAT(fax.payload_types(), IsEmpty());
}

TEST(Media, StatesItsDirectionOnce) {
  auto media = media_of("m=audio 1 RTP/AVP 0\r\na=sendonly\r\na=ptime:20\r\na=inactive\r\n");
  EXPECT_EQ(media.direction(), Direction::SendOnly);
  media.set_direction(Direction::RecvOnly);
  EXPECT_THAT(media.attributes, ElementsAre(Attribute{"ptime", "20"}, Attribute{"recvonly", ""}));
}

TEST(Media, SetsAndRemovesAttributes) {
  auto media = media_of("m=audio 1 RTP/AVP 0\r\na=x:1\r\na=y\r\na=x:2\r\n");
  EXPECT_EQ(media.attribute("x")->value, "1");
  media.set("x", "3");
  EXPECT_THAT(media.attributes, ElementsAre(Attribute{"y", ""}, Attribute{"x", "3"}));
  media.remove("y");
  EXPECT_FALSE(media.has("y"));
}

TEST(Media, TellsWhereRtcpGoes) {
  EXPECT_FALSE(media_of("m=audio 1 RTP/AVP 0\r\n").rtcp());
  EXPECT_FALSE(media_of("m=audio 1 RTP/AVP 0\r\na=rtcp:0\r\n").rtcp());
  EXPECT_FALSE(media_of("m=audio 1 RTP/AVP 0\r\na=rtcp:70000\r\n").rtcp());
  EXPECT_FALSE(media_of("m=audio 1 RTP/AVP 0\r\na=rtcp:5000 IN\r\n").rtcp());
  const auto port = media_of("m=audio 1 RTP/AVP 0\r\na=rtcp:53020\r\na=rtcp-mux\r\n");
  EXPECT_EQ(port.rtcp()->port, 53020);
  EXPECT_FALSE(port.rtcp()->connection);
  EXPECT_TRUE(port.rtcp_mux());
  const auto full = media_of("m=audio 1 RTP/AVP 0\r\na=rtcp:53020 IN IP6 2001:db8::1\r\n").rtcp();
  EXPECT_EQ(full->connection, (Connection{"2001:db8::1", true, {}, 1}));
}

TEST(Media, IgnoresAbsurdPtime) {
  EXPECT_EQ(media_of("m=audio 1 RTP/AVP 0\r\na=ptime:20\r\n").ptime(), 20u);
  for (const auto* text : {"0", "-20", "1001", "20.5", "", "99999999999999999999"})
    EXPECT_FALSE(media_of("m=audio 1 RTP/AVP 0\r\na=ptime:" + std::string(text) + "\r\n").ptime()) << text;
}

TEST(Session, GivesMediaItsDefaults) {
  const auto session = parse(
      "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\na=recvonly\n"
      "m=audio 1 RTP/AVP 0\n"
      "m=video 3 RTP/AVP 31\nc=IN IP6 ::1\na=sendonly\n");
  ASSERT_TRUE(session);
  const auto& audio = session->media[0];
  const auto& video = session->media[1];
  EXPECT_EQ(session->connection_of(audio)->address, "192.0.2.1");
  EXPECT_EQ(session->connection_of(video)->address, "::1");
  EXPECT_EQ(session->direction_of(audio), Direction::RecvOnly);
  EXPECT_EQ(session->direction_of(video), Direction::SendOnly);
  EXPECT_EQ(Session{}.direction_of(Media{}), Direction::SendRecv);
  EXPECT_EQ(Session{}.connection_of(Media{}), nullptr);
}

TEST(Connection, KnowsTheOldHold) {
  EXPECT_TRUE((Connection{"0.0.0.0", false, {}, 1}).is_unspecified());
  EXPECT_TRUE((Connection{"::", true, {}, 1}).is_unspecified());
  EXPECT_TRUE((Connection{"0:0:0:0:0:0:0:0", true, {}, 1}).is_unspecified());
  EXPECT_FALSE((Connection{"10.0.0.0", false, {}, 1}).is_unspecified());
  EXPECT_FALSE((Connection{"::1", true, {}, 1}).is_unspecified());
}

TEST(Direction, IsReversedForTheAnswer) {
  EXPECT_EQ(reversed(Direction::SendOnly), Direction::RecvOnly);
  EXPECT_EQ(reversed(Direction::RecvOnly), Direction::SendOnly);
  EXPECT_EQ(reversed(Direction::SendRecv), Direction::SendRecv);
  EXPECT_EQ(reversed(Direction::Inactive), Direction::Inactive);
}

}  // namespace
}  // namespace warp::sdp
