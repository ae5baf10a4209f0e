// Digits between INFO and media, and handshakes that fail.
#include "media_signals.h"

#include <gtest/gtest.h>

#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::DtmfMode;
using domain::MediaEventKind;
using domain::MediaSide;
using namespace test;
using namespace std::chrono_literals;

const std::string kRelayType = "application/dtmf-relay";

TEST(MediaSignals, ADigitByInfoBecomesOneInTheMedia) {
  CallScene scene;
  scene.bench.media.takes_digits = true;
  scene.establish();
  scene.caller.request("INFO", "Signal=5\r\nDuration=240\r\n", kRelayType);
  scene.caller.expect_status(200);
  EXPECT_TRUE(scene.first.quiet());
  scene.first.request("INFO", "#", "application/dtmf");
  scene.first.expect_status(200);
  const auto& digits = scene.bench.media.only().digits;
  ASSERT_EQ(digits.size(), 2u);
  EXPECT_EQ(digits[0].towards, MediaSide::B);
  EXPECT_EQ(digits[0].digit, '5');
  EXPECT_EQ(digits[0].duration, 240ms);
  EXPECT_EQ(digits[1].towards, MediaSide::A);
  EXPECT_EQ(digits[1].digit, '#');
}

TEST(MediaSignals, ASideThatWantsInfoGetsInfo) {
  CallScene scene;
  scene.bench.media.takes_digits = true;
  scene.bench.provider(0).sip.media.dtmf = DtmfMode::Info;
  scene.bench.publish();
  scene.establish();
  scene.caller.request("INFO", "7", "application/dtmf");
  scene.caller.expect_status(200);
  const auto info = scene.first.expect_request("INFO");
  EXPECT_EQ(info.content_type(), kRelayType);
  EXPECT_EQ(info.body(), "Signal=7\r\nDuration=160\r\n");
  scene.first.answer(info, 200);
  EXPECT_TRUE(scene.caller.quiet());
  EXPECT_TRUE(scene.bench.media.only().digits.empty());
}

TEST(MediaSignals, ADigitOfTheMediaGoesByInfoToWhomWantsIt) {
  CallScene scene;
  scene.bench.provider(0).sip.media.dtmf = DtmfMode::Info;
  scene.bench.publish();
  scene.establish();
  auto& media = scene.bench.media.only();
  media.tell({.kind = MediaEventKind::Digit, .side = MediaSide::A, .digit = '9', .duration = 200ms});
  scene.bench.executor.run();
  const auto info = scene.first.expect_request("INFO");
  EXPECT_EQ(info.body(), "Signal=9\r\nDuration=200\r\n");
  scene.first.answer(info, 481);
  EXPECT_EQ(scene.bench.engine.active_calls(), 1u);
  media.tell({.kind = MediaEventKind::Digit, .side = MediaSide::B, .digit = '9', .duration = 200ms});
  scene.bench.executor.run();
  EXPECT_TRUE(scene.caller.quiet());
}

TEST(MediaSignals, WhatIsNoDigitIsCarriedAsItIs) {
  CallScene scene;
  scene.bench.media.takes_digits = true;
  scene.establish();
  scene.caller.request("INFO", "Signal=flash\r\n", kRelayType);
  scene.first.answer(scene.first.expect_request("INFO"), 200);
  scene.caller.expect_status(200);
  EXPECT_TRUE(scene.bench.media.only().digits.empty());
}

TEST(MediaSignals, AHandshakeThatFailsEndsTheCall) {
  CallScene scene;
  scene.establish();
  scene.bench.media.only().tell({.kind = MediaEventKind::SecurityFailed, .side = MediaSide::B});
  scene.bench.executor.run();
  scene.caller.expect_request("BYE");
  scene.first.expect_request("BYE");
  EXPECT_EQ(scene.bench.record().reason, domain::Reason::MediaNotEncrypted);
}

TEST(MediaSignals, OfACallThatHasEndedAreNobodys) {
  CallScene scene;
  scene.establish();
  auto& media = scene.bench.media.only();
  media.tell({.kind = MediaEventKind::SecurityFailed, .side = MediaSide::B});
  scene.caller.request("BYE");
  EXPECT_EQ(scene.bench.records.records.size(), 1u);
  EXPECT_EQ(scene.bench.engine.active_calls(), 0u);
}

}  // namespace
}  // namespace warp
