// Answered calls that a killed process left behind, taken up by the next one.
#include "warp/calls/survival.h"

#include <gtest/gtest.h>

#include "warp/sdp/session.h"

#include "support/sip_peer.h"

namespace warp {
namespace {

using domain::MediaSide;
using domain::Reason;
using namespace test;
using namespace std::chrono_literals;

// A call of one process, and the scene of the next, whose peers stand where the first one's stood.
struct Survival : testing::Test {
  void establish() { before.establish(); }
  const std::string& last_state() const {
    const auto& records = before.bench.records;
    return records.updated_states.empty() ? records.states.at(0) : records.updated_states.back();
  }
  calls::Orphan orphan(std::chrono::seconds talked) {
    const auto& draft = before.bench.records.drafts.at(0);
    return {draft, last_state(), *draft.answered_at + talked};
  }
  // The process died after `talked`, and was back after `gap`.
  void revive(std::chrono::seconds talked = 60s, std::chrono::seconds gap = 3s) {
    const auto left = orphan(talked);
    after.bench.clock.advance(left.last_alive + gap - after.bench.clock.wall());
    after.bench.engine.recover(left);
    stand_in(after.caller, before.caller);
    stand_in(after.first, before.first);
  }
  static void stand_in(SipPeer& now, const SipPeer& then) {
    now.call_id_ = then.call_id_;
    now.local_ = then.local_;
    now.remote_ = then.remote_;
    now.target_ = then.target_;
    now.cseq_ = then.cseq_;
  }
  void answer_probes() {
    after.bench.pass(2500ms);
    after.caller.answer(after.caller.expect_request("OPTIONS"), 200);
    after.first.answer(after.first.expect_request("OPTIONS"), 405);
  }

  CallScene before, after;
};

TEST_F(Survival, TheCallGoesOnAndIsHungUpByItsCallerWithOneRecord) {
  establish();
  revive();
  EXPECT_TRUE(after.caller.quiet());
  EXPECT_EQ(after.bench.engine.active_calls(), 1u);
  EXPECT_EQ(after.bench.limits.provider_channels(id_of<ProviderId>(1)), 1u);
  EXPECT_EQ(after.bench.limits.trunk_channels(id_of<TrunkId>(1), domain::Direction::Outbound), 1u);
  after.bench.pass(10s);
  after.caller.drop_mail();
  after.first.drop_mail();
  after.caller.request("BYE");
  after.caller.expect_status(200);
  const auto bye = after.first.expect_request("BYE");
  EXPECT_EQ(bye.to().tag, "far");
  EXPECT_GT(bye.cseq().number, 1000u);
  ASSERT_EQ(after.bench.records.records.size(), 1u);
  const auto& record = after.bench.record();
  EXPECT_EQ(record.id, before.bench.records.drafts[0].id);
  EXPECT_EQ(record.reason, Reason::NormalClearing);
  EXPECT_EQ(record.duration_us, 73'000'000u);
  EXPECT_EQ(record.ended_at - *record.answered_at, 73s);
  EXPECT_EQ(after.bench.limits.provider_channels(id_of<ProviderId>(1)), 0u);
  EXPECT_EQ(after.bench.engine.active_calls(), 0u);
}

// Without the fields of its hold, which are its last, and under its number, the state is that of a release
// before money was held.
TEST_F(Survival, AStateWithoutAHoldIsReadAsWell) {
  establish();
  auto left = orphan(60s);
  ASSERT_TRUE(left.state.starts_with("5\n"));
  const auto hold = left.state.rfind("36:00000000-0000-0000-0000-000000000000,1:0,1:0,1:0,");
  ASSERT_NE(hold, std::string::npos);
  left.state.resize(hold);
  left.state.replace(0, 1, "2");
  after.bench.clock.advance(left.last_alive + 3s - after.bench.clock.wall());
  after.bench.engine.recover(left);
  EXPECT_EQ(after.bench.engine.active_calls(), 1u);
  EXPECT_TRUE(after.bench.records.records.empty());
  EXPECT_EQ(calls::media_ports_of(left.state).size(), 2u);
}

// One of before there were clips in it: what stands there now are two sides without music or names, and the
// marks of a stream.
TEST_F(Survival, AStateWithoutClipsIsReadAsWell) {
  establish();
  auto left = orphan(60s);
  const std::string_view clips = "0:,1:0,0:,1:0,1:0,1:0,";
  ASSERT_TRUE(left.state.ends_with(clips)) << left.state;
  left.state.resize(left.state.size() - clips.size());
  left.state.replace(0, 1, "4");
  after.bench.clock.advance(left.last_alive + 3s - after.bench.clock.wall());
  after.bench.engine.recover(left);
  EXPECT_EQ(after.bench.engine.active_calls(), 1u);
}

TEST_F(Survival, WhoWasHeldHearsItsMusicAgain) {
  for (CallScene* scene : {&before, &after}) {
    scene->bench.clips.add("music", 60s);
    scene->bench.provider(0).sip.media.hold_music = "music";
    scene->bench.publish();
  }
  establish();
  before.caller.request("INVITE", audio("192.0.2.10", 4000, "a=sendonly\r\n"));
  before.caller.expect_status(100);
  before.first.answer(before.first.expect_request("INVITE"), 200,
                      audio("203.0.113.1", 5000, "a=recvonly\r\n"));
  before.caller.expect_status(200);
  before.caller.ack();
  ASSERT_EQ(before.bench.media.only().heard_by(MediaSide::B), "music");
  revive();
  EXPECT_EQ(after.bench.media.only().heard_by(MediaSide::B), "music");
  EXPECT_EQ(after.bench.media.only().heard_by(MediaSide::A), "");
  answer_probes();
  after.caller.drop_mail();
  after.first.drop_mail();
  after.caller.request("INVITE", audio("192.0.2.10", 4000));
  after.caller.expect_status(100);
  after.first.answer(after.first.expect_request("INVITE"), 200, audio("203.0.113.1", 5000));
  after.caller.expect_status(200);
  EXPECT_EQ(after.bench.media.only().heard_by(MediaSide::B), "");
}

// Money was held for a minute of a call that nobody heard the end of: no more is priced.
TEST_F(Survival, AnOrphanIsNotPricedBeyondWhatWasHeldForIt) {
  establish();
  auto left = orphan(90s);
  left.state.clear();
  left.draft.charge.covered_seconds = 60;
  after.bench.engine.recover(left);
  const auto& record = after.bench.record();
  EXPECT_EQ(record.duration_us, 90'000'000u);
  ASSERT_TRUE(record.price);
  EXPECT_EQ(record.price->billed_seconds, 60u);
}

TEST_F(Survival, MediaHasTheSamePortsAndPeers) {
  establish();
  auto& old = before.bench.media.only();
  old.learned[{MediaSide::A, 0}] = *domain::SocketAddress::parse("192.0.2.77:4444");
  before.caller.request("INVITE", audio("192.0.2.10", 4002));
  before.caller.expect_status(100);
  before.first.answer(before.first.expect_request("INVITE"), 200, audio("203.0.113.1", 5002));
  before.caller.expect_status(200);
  before.caller.ack();
  const auto ports = calls::media_ports_of(last_state());
  ASSERT_EQ(ports.size(), 2u);
  EXPECT_EQ(ports[0].port, old.local(MediaSide::A, 0).rtp.port);
  revive();
  auto& media = after.bench.media.only();
  EXPECT_EQ(media.local(MediaSide::A, 0).rtp.port, old.local(MediaSide::A, 0).rtp.port);
  EXPECT_EQ(media.local(MediaSide::B, 0).rtp.port, old.local(MediaSide::B, 0).rtp.port);
  const auto a = media.remotes[{MediaSide::A, 0}], b = media.remotes[{MediaSide::B, 0}];
  EXPECT_EQ(a.rtp.to_string(), "192.0.2.10:4002");
  EXPECT_EQ(b.rtp.to_string(), "203.0.113.1:5002");
  EXPECT_EQ(b.rtcp.port, 5003);
  EXPECT_TRUE(a.expect_rtp);
  const auto learned = media.learned[{MediaSide::A, 0}];
  EXPECT_EQ(learned.to_string(), "192.0.2.77:4444");
}

TEST(SurvivalOfNetworks, ThePortsAreThoseOfTheSameNetwork) {
  calls::Settings settings;
  settings.media_networks = {3};
  CallScene scene(settings);
  scene.establish();
  for (const auto& port : calls::media_ports_of(scene.bench.records.states.at(0))) {
    EXPECT_EQ(port.network, 3);
    EXPECT_FALSE(port.v6);
  }
  EXPECT_EQ(calls::media_ports_of(scene.bench.records.states.at(0)).size(), 2u);
}

TEST_F(Survival, AReinviteIsCarriedAndItsDescriptionIsANewerVersion) {
  establish();
  revive();
  after.first.request("INVITE", audio("203.0.113.1", 5000, "a=sendonly\r\n"));
  after.first.expect_status(100);
  const auto carried = after.caller.expect_request("INVITE");
  EXPECT_GT(carried.cseq().number, 1000u);
  EXPECT_EQ(carried.call_id(), before.caller.call_id_);
  EXPECT_EQ(sdp::parse(carried.body())->media[0].port,
            after.bench.media.only().local(MediaSide::A, 0).rtp.port);
  after.caller.answer(carried, 200, audio("192.0.2.10", 4000, "a=recvonly\r\n"));
  after.caller.expect_request("ACK");
  after.first.expect_status(200);
}

TEST_F(Survival, InfoAndOptionsAreAnswered) {
  establish();
  revive();
  after.caller.request("OPTIONS");
  after.caller.expect_status(200);
  after.caller.request("INFO", "Signal=1\r\n", "application/dtmf-relay");
  after.first.answer(after.first.expect_request("INFO"), 200);
  after.caller.expect_status(200);
}

TEST_F(Survival, ALateCopyOfTheFarAnswerIsAckedAgain) {
  CallScene twice;
  const auto far = twice.start();
  twice.first.answer(far, 200, twice.callee_sdp());
  const auto ack = twice.first.expect_request("ACK");
  twice.caller.learn(twice.caller.expect_status(200));
  twice.caller.ack();
  const auto& draft = twice.bench.records.drafts.at(0);
  after.bench.engine.recover({draft, twice.bench.records.states.at(0), *draft.answered_at});
  after.first.answer(far, 200, twice.callee_sdp());
  EXPECT_EQ(after.first.expect_request("ACK").cseq().number, ack.cseq().number);
}

TEST_F(Survival, BothSidesAreAskedAndACallThatOneOfThemForgotIsOver) {
  establish();
  revive(60s, 3s);
  // When they come: later they are sent again.
  for (int i = 0; i < 125 && after.caller.quiet(); ++i)
    after.bench.pass(20ms);
  after.caller.answer(after.caller.expect_request("OPTIONS"), 481);
  after.first.answer(after.first.expect_request("OPTIONS"), 200);
  after.first.expect_request("BYE");
  EXPECT_TRUE(after.caller.quiet());
  // It counts until the last sign of life of the old process.
  EXPECT_EQ(after.bench.record().duration_us, 60'000'000u);
  EXPECT_EQ(after.bench.record().reason, Reason::DaemonRestarted);
}

// Both answers are on their way at once, and the call is no more when the second comes.
TEST_F(Survival, BothSidesMayBeGone) {
  establish();
  revive();
  for (int i = 0; i < 125 && after.caller.quiet(); ++i)
    after.bench.pass(20ms);
  const auto asked = after.first.expect_request("OPTIONS");
  after.caller.answer(after.caller.expect_request("OPTIONS"), 481);
  after.first.expect_request("BYE");
  after.first.answer(asked, 481);
  EXPECT_EQ(after.bench.records.records.size(), 1u);
  EXPECT_EQ(after.bench.record().reason, Reason::DaemonRestarted);
  EXPECT_EQ(after.bench.engine.active_calls(), 0u);
}

TEST_F(Survival, NobodyIsAskedAboutACallThatIsOver) {
  establish();
  revive();
  for (int i = 0; i < 125 && after.caller.quiet(); ++i)
    after.bench.pass(20ms);
  after.caller.drop_mail();
  after.first.drop_mail();
  after.caller.request("BYE");
  after.caller.expect_status(200);
  after.first.answer(after.first.expect_request("BYE"), 200);
  after.bench.pass(40s);
  EXPECT_TRUE(after.caller.quiet());
  EXPECT_TRUE(after.first.quiet());
}

TEST_F(Survival, ASideThatDoesNotKnowOptionsIsThere) {
  establish();
  revive();
  answer_probes();
  EXPECT_EQ(after.bench.engine.active_calls(), 1u);
}

TEST_F(Survival, WhatIsLeftOfTheLongestDurationIsKept) {
  before.bench.trunk().max_duration = 100s;
  before.bench.publish();
  establish();
  revive(60s, 3s);
  answer_probes();
  after.bench.pass(34s);
  EXPECT_EQ(after.bench.engine.active_calls(), 1u);
  after.bench.pass(1s);
  EXPECT_EQ(after.bench.record().reason, Reason::MaxDuration);
  EXPECT_EQ(after.bench.record().duration_us / 1'000'000, 100u);
}

TEST_F(Survival, TooLongAGapEndsTheCall) {
  establish();
  revive(60s, 7s);
  after.caller.expect_request("BYE");
  after.first.expect_request("BYE");
  EXPECT_EQ(after.bench.record().reason, Reason::DaemonRestarted);
  EXPECT_EQ(after.bench.record().duration_us, 60'000'000u);
}

TEST_F(Survival, ASecondDeathFindsTheCallToo) {
  establish();
  revive();
  ASSERT_EQ(after.bench.records.updates.size(), 1u);
  CallScene third;
  const auto& draft = after.bench.records.updates[0];
  third.bench.clock.advance(*draft.answered_at + 70s - third.bench.clock.wall());
  third.bench.engine.recover({draft, after.bench.records.updated_states[0], third.bench.clock.wall() - 1s});
  stand_in(third.first, before.first);
  third.first.request("BYE");
  third.first.expect_status(200);
  EXPECT_GT(third.caller.expect_request("BYE").cseq().number, 2000u);
  EXPECT_EQ(third.bench.record().duration_us, 70'000'000u);
}

TEST_F(Survival, PortsThatAreGoneEndTheCall) {
  establish();
  after.bench.media.failure = domain::MediaError::PortsExhausted;
  revive();
  after.caller.expect_request("BYE");
  after.first.expect_request("BYE");
  EXPECT_EQ(after.bench.records.records.size(), 1u);
  EXPECT_EQ(after.bench.engine.active_calls(), 0u);
}

TEST_F(Survival, AClockThatWentBackNeverMakesADurationNegative) {
  establish();
  const auto left = orphan(2s);
  after.bench.engine.recover(left);  // the wall says that the call is yet to come
  stand_in(after.caller, before.caller);
  after.caller.request("BYE");
  after.caller.expect_status(200);
  EXPECT_EQ(after.bench.record().duration_us, 2'000'000u);
}

TEST_F(Survival, NoDamagedStateIsFollowed) {
  establish();
  const std::string whole = last_state();
  for (std::size_t length = 0; length < whole.size(); length += 7) {
    CallScene next;
    auto left = orphan(1s);
    left.state = whole.substr(0, length);
    next.bench.engine.recover(left);
    EXPECT_EQ(next.bench.records.records.size(), 1u) << length;
    EXPECT_EQ(next.bench.engine.active_calls(), 0u) << length;
  }
}

}  // namespace
}  // namespace warp
