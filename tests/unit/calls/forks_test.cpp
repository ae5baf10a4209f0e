// Far ends that fork: several early dialogs and answers of one INVITE.
#include <gtest/gtest.h>

#include "support/sip_peer.h"

namespace warp {
namespace {

using namespace test;
using namespace std::chrono_literals;

struct Forks : testing::Test {
  double forks() { return scene.bench.metrics.counter("warp_calls_forks_total", "").value(); }
  CallScene scene;
};

TEST_F(Forks, PracksGoToTheForkThatTheyAreFor) {
  const auto far = scene.start();
  scene.first.answer(far, 180, {}, "one", reliable(7));
  scene.first.answer(far, 180, {}, "two", reliable(7) + "Record-Route: <sip:203.0.113.2:5060;lr>\r\n");
  const auto one = scene.first.expect_request("PRACK");
  EXPECT_EQ(one.to().tag, "one");
  const auto two = scene.second.expect_request("PRACK");
  EXPECT_EQ(two.to().tag, "two");
  EXPECT_EQ(two.header(sip::HeaderId::Route), "<sip:203.0.113.2:5060;lr>");
  EXPECT_EQ(forks(), 1);
}

TEST_F(Forks, EachDescriptionIsAnEarlyDialogOfItsOwnAndKeepsItsTag) {
  const auto far = scene.start();
  scene.first.answer(far, 183, audio("203.0.113.1", 5000), "one");
  scene.first.answer(far, 183, audio("203.0.113.1", 6000), "two");
  const std::string one(scene.caller.expect_status(183).to().tag);
  const std::string two(scene.caller.expect_status(183).to().tag);
  EXPECT_NE(one, two);
  scene.first.answer(far, 183, audio("203.0.113.1", 5000), "one");
  EXPECT_EQ(scene.caller.expect_status(183).to().tag, one);
  scene.first.answer(far, 200, audio("203.0.113.1", 6000), "two");
  EXPECT_EQ(scene.caller.expect_status(200).to().tag, two);
  EXPECT_EQ(scene.bench.media.only().remotes.at({domain::MediaSide::B, 0}).rtp.port, 6000);
}

TEST_F(Forks, AnAnswerWithoutDescriptionIsThatOfItsOwnFork) {
  const auto far = scene.start();
  scene.first.answer(far, 183, audio("203.0.113.1", 5000), "one");
  scene.first.answer(far, 183, audio("203.0.113.1", 6000), "two");
  const std::string one(scene.caller.expect_status(183).to().tag);
  scene.caller.expect_status(183);
  scene.first.answer(far, 200, {}, "one");
  const auto ok = scene.caller.expect_status(200);
  EXPECT_EQ(ok.to().tag, one);
  EXPECT_FALSE(ok.body().empty());
  EXPECT_EQ(scene.bench.media.only().remotes.at({domain::MediaSide::B, 0}).rtp.port, 5000);
}

TEST_F(Forks, ThePracksOfACallerFindTheirEarlyDialogs) {
  const auto far = scene.start({.extra = "Supported: 100rel\r\n"});
  scene.first.answer(far, 183, audio("203.0.113.1", 5000), "one");
  scene.first.answer(far, 183, audio("203.0.113.1", 6000), "two");
  const auto one = scene.caller.expect_status(183);
  EXPECT_TRUE(scene.caller.quiet());
  scene.caller.prack(one);
  scene.caller.expect_status(200);
  const auto two = scene.caller.expect_status(183);
  // The right number in the wrong early dialog.
  scene.caller.learn(one);
  scene.caller.request("PRACK", {}, {},
                       "RAck: " + std::string(two.header(sip::HeaderId::RSeq)) + " 1 INVITE\r\n");
  scene.caller.expect_status(481);
  scene.caller.prack(two);
  scene.caller.expect_status(200);
  scene.first.answer(far, 200, audio("203.0.113.1", 5000), "one");
  EXPECT_EQ(scene.caller.expect_status(200).to().tag, one.to().tag);
}

TEST_F(Forks, TheFirstAnswerWinsAndTheOthersAreEnded) {
  const auto far = scene.start();
  scene.first.answer(far, 180, {}, "one");
  scene.first.answer(far, 180, {}, "two");
  scene.first.answer(far, 200, scene.callee_sdp(), "two");
  EXPECT_EQ(scene.first.expect_request("ACK").to().tag, "two");
  scene.first.answer(far, 200, scene.callee_sdp(), "one");
  EXPECT_EQ(scene.first.expect_request("ACK").to().tag, "one");
  EXPECT_EQ(scene.first.expect_request("BYE").to().tag, "one");
  scene.caller.drop_mail();
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST_F(Forks, OneThatEndedIsNotTheCallersBusiness) {
  const auto far = scene.start();
  scene.first.answer(far, 180, {}, "one", reliable(3));
  scene.first.expect_request("PRACK");
  scene.caller.expect_status(180);
  scene.first.answer(far, 199, {}, "one");
  scene.first.answer(far, 199, {}, "stranger");
  EXPECT_TRUE(scene.caller.quiet());
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
}

TEST_F(Forks, TheirNumberIsBounded) {
  const auto far = scene.start();
  for (int i = 0; i < 40; ++i)
    scene.first.answer(far, 183, audio("203.0.113.1", 5000 + 2 * i), "tag" + std::to_string(i), reliable(1));
  int pracks = 0;
  while (!scene.first.quiet())
    pracks += scene.first.next().method() == sip::Method::Prack;
  EXPECT_EQ(pracks, 16);
  EXPECT_EQ(forks(), 15);
}

TEST_F(Forks, AnotherEndpointIsAnotherEarlyDialogToo) {
  const auto far = scene.start();
  scene.first.answer(far, 183, scene.callee_sdp(), "far");
  const std::string one(scene.caller.expect_status(183).to().tag);
  scene.first.answer(far, 503);
  const auto again = scene.second.expect_request("INVITE");
  scene.second.answer(again, 183, audio("203.0.113.2", 5000), "far");
  const auto second = scene.caller.expect_status(183);
  EXPECT_NE(second.to().tag, one);
  // The first is still an early dialog of the caller's: it may end the call with it.
  scene.second.drop_mail();
  scene.second.answer(again, 200, audio("203.0.113.2", 5000), "far");
  EXPECT_EQ(scene.caller.expect_status(200).to().tag, second.to().tag);
}

}  // namespace
}  // namespace warp
