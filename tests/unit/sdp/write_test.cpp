#include <gtest/gtest.h>

#include "warp/sdp/session.h"

namespace warp::sdp {
namespace {

Session offer() {
  Session session;
  session.origin = Origin{"warp", "17", "3", false, "192.0.2.1"};
  session.connection = Connection{"192.0.2.1", false, {}, 1};
  Media audio;
  audio.kind = "audio";
  audio.port = 40000;
  audio.proto = "RTP/AVP";
  audio.formats = {"0", "101"};
  audio.attributes = {{"rtpmap", "101 telephone-event/8000"}, {"ptime", "20"}};
  audio.set_direction(Direction::SendRecv);
  session.media.push_back(audio);
  return session;
}

TEST(Write, PutsLinesInTheOrderOfTheRfc) {
  auto session = offer();
  session.others = {{'k', "clear:x"}, {'i', "about"}};
  session.bandwidth = {"AS:80"};
  session.media[0].others = {{'i', "left"}};
  std::string out = "left over";
  ASSERT_TRUE(write(session, out));
  EXPECT_EQ(
      out,
      "v=0\r\no=warp 17 3 IN IP4 192.0.2.1\r\ns=-\r\ni=about\r\nc=IN IP4 192.0.2.1\r\nb=AS:80\r\nt=0 0\r\n"
      "k=clear:x\r\nm=audio 40000 RTP/AVP 0 101\r\ni=left\r\na=rtpmap:101 telephone-event/8000\r\n"
      "a=ptime:20\r\na=sendrecv\r\n");
}

// Each of these would add a line or a field of the other side's making.
TEST(Write, RefusesWhatBreaksOut) {
  const auto refuses = [](auto&& spoil) {
    auto session = offer();
    spoil(session);
    std::string out = "left over";
    return !write(session, out) && out.empty();
  };
  EXPECT_FALSE(refuses([](Session&) {}));
  EXPECT_TRUE(refuses([](Session& s) { s.name = "x\r\na=evil"; }));
  EXPECT_TRUE(refuses([](Session& s) { s.name = "x\na=evil"; }));
  EXPECT_TRUE(refuses([](Session& s) { s.origin.username = std::string("x\0y", 3); }));
  EXPECT_TRUE(refuses([](Session& s) { s.origin.session_id = "1 2"; }));
  EXPECT_TRUE(refuses([](Session& s) { s.origin.session_version = ""; }));
  EXPECT_TRUE(refuses([](Session& s) { s.origin.address = "h i"; }));
  EXPECT_TRUE(refuses([](Session& s) { s.connection->address = "h\r\nm=audio 1 RTP/AVP 0"; }));
  EXPECT_TRUE(refuses([](Session& s) { s.media[0].kind = "audio 9"; }));
  EXPECT_TRUE(refuses([](Session& s) { s.media[0].proto = ""; }));
  EXPECT_TRUE(refuses([](Session& s) { s.media[0].formats.emplace_back("0 8"); }));
  EXPECT_TRUE(refuses([](Session& s) { s.media[0].attributes.push_back({"x:y", "z"}); }));
  EXPECT_TRUE(refuses([](Session& s) { s.media[0].attributes.push_back({"x", "\r"}); }));
  EXPECT_TRUE(refuses([](Session& s) { s.others.push_back({'m', "audio 1 RTP/AVP 0"}); }));
  EXPECT_TRUE(refuses([](Session& s) { s.others.push_back({'=', "x"}); }));
  EXPECT_TRUE(refuses([](Session& s) { s.bandwidth.emplace_back("AS:1\n"); }));
  EXPECT_TRUE(refuses([](Session& s) { s.times.emplace_back("0 0\n"); }));
}

}  // namespace
}  // namespace warp::sdp
