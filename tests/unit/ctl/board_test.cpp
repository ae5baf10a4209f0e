#include "ctl/board.h"

#include <gtest/gtest.h>

namespace warp::ctl {
namespace {

Json frame(const char* text) {
  return Json::parse(text);
}

Board watched() {
  Board board;
  board.say("connected");
  board.take(frame(R"({"op":"snapshot","topic":"counters","data":[{"channels_inbound":0,"channels_outbound":2,
      "cps_inbound":1,"cps_outbound":4,"trunks":1}]})"));
  board.take(frame(R"({"op":"snapshot","topic":"nodes","data":[{"name":"a","calls":2,"phase":"ready"}]})"));
  board.take(frame(R"({"op":"snapshot","topic":"trunks","data":[{"trunk_id":"t1","name":"Head office",
      "enabled":true,"cps_outbound":4,"endpoints":2,"endpoints_down":1}]})"));
  board.take(frame(R"({"op":"snapshot","topic":"calls","data":[
      {"id":"c1","state":"up","ani":"+1202","dni":"+44","caller_media":{"heard_mos":"4.40"}},
      {"id":"c2","state":"ringing","ani":"+1203","dni":"+45","callee_media":{"heard_mos":"3.91"}}]})"));
  return board;
}

TEST(Board, SaysWhatHappensInALine) {
  EXPECT_EQ(watched().text(60).substr(0, watched().text(60).find('\n')),
            "warpctl top: connected; 2 calls, 5 a second, worst MOS 3.91; q ends");
}

TEST(Board, ShowsTheColumnsThatTheRowsHave) {
  const auto text = watched().text(60);
  EXPECT_NE(text.find("counters (1)\n"
                      "channels in  out  calls/s in  out/s  trunks\n"
                      "0            2    1           4      1\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("trunks (1)\n"
                      "trunk        enabled  out/s  endpoints  down\n"
                      "Head office  true     4      2          1\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("call  state    from   to   caller hears  callee hears\n"
                      "c1    up       +1202  +44  4.40          -\n"
                      "c2    ringing  +1203  +45  -             3.91\n"),
            std::string::npos)
      << text;
}

TEST(Board, AnEventChangesOneRowAndAnEndTakesItAway) {
  auto board = watched();
  board.take(
      frame(R"({"op":"event","topic":"calls","type":"call.ended","data":{"id":"c2","state":"ended"}})"));
  board.take(frame(
      R"({"op":"event","topic":"trunks","type":"trunk.status","data":{"trunk_id":"t1","cps_outbound":7}})"));
  const auto text = board.text(60);
  EXPECT_EQ(text.find("+1203"), std::string::npos) << text;
  EXPECT_NE(text.find("Head office  true     7"), std::string::npos) << text;
  EXPECT_NE(text.find("worst MOS 4.40"), std::string::npos) << text;
}

TEST(Board, ATopicThatIsRefusedSaysWhy) {
  auto board = watched();
  board.take(frame(R"({"op":"error","topic":"nodes","code":"FORBIDDEN"})"));
  EXPECT_NE(board.text(60).find("nodes (FORBIDDEN)"), std::string::npos);
}

}  // namespace
}  // namespace warp::ctl
