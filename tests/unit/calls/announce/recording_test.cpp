// Recordings: by policy, on demand, and never to the harm of a call.
#include <gtest/gtest.h>

#include "support/sip_peer.h"

namespace warp {
namespace {

using calls::RecordingAnswer;
using domain::RecordingForm;
using domain::RecordingStop;
using namespace test;
using namespace std::chrono_literals;

struct CallRecording : testing::Test {
  void wish(domain::RecordMode mode, bool tone = false) {
    scene.bench.trunk().sip.media.record = mode;
    scene.bench.trunk().sip.media.record_tone = tone;
    scene.bench.publish();
  }
  void hang_up() {
    scene.caller.request("BYE");
    scene.caller.expect_status(200);
  }
  CallId call() { return scene.bench.engine.live({}).at(0).call; }
  FakeRecordings& recordings() { return scene.bench.recordings; }
  FakeMedia::Session& media() { return scene.bench.media.only(); }

  CallScene scene;
};

TEST_F(CallRecording, EveryCallOfATrunkThatSaysSo) {
  wish(domain::RecordMode::WavStereo);
  const auto far = scene.start();
  scene.first.answer(far, 180);
  EXPECT_TRUE(recordings().started.empty()) << "from the answer on";
  scene.caller.expect_status(180);
  scene.first.answer(far, 200, scene.callee_sdp());
  ASSERT_EQ(recordings().started.size(), 1u);
  const auto& asked = recordings().started[0];
  EXPECT_EQ(asked.form, RecordingForm::WavStereo);
  EXPECT_EQ(asked.call, call());
  EXPECT_EQ(asked.customer, id_of<CustomerId>(1));
  EXPECT_EQ(asked.trunk, id_of<TrunkId>(1));
  EXPECT_EQ(media().taps.size(), 1u);
  EXPECT_TRUE(media().clips.empty());
  EXPECT_EQ(scene.bench.records.updates.back().facts->recording, asked.id.to_string()) << "the journal knows";
  scene.caller.learn(scene.caller.expect_status(200));
  scene.caller.ack();
  hang_up();
  ASSERT_EQ(recordings().stopped.size(), 1u);
  EXPECT_EQ(recordings().stopped[0], std::pair(asked.id, RecordingStop::CallEnded));
  EXPECT_EQ(scene.bench.record().facts->recording, asked.id.to_string());
}

TEST_F(CallRecording, EveryCallOfAProviderThatSaysSo) {
  scene.bench.provider(0).sip.media.record = domain::RecordMode::Pcap;
  scene.bench.publish();
  scene.establish();
  ASSERT_EQ(recordings().started.size(), 1u);
  EXPECT_EQ(recordings().started[0].form, RecordingForm::Pcap);
}

TEST_F(CallRecording, ARefusalDoesNotTouchTheCall) {
  wish(domain::RecordMode::Wav);
  recordings().refusal = domain::RecordingRefused::DiskFull;
  scene.establish();
  EXPECT_TRUE(media().taps.empty());
  EXPECT_EQ(scene.bench.metrics
                .counter("warp_calls_recordings_total", "Recordings of calls that were asked for.",
                         {{"result", "refused"}})
                .value(),
            1u);
  hang_up();
  EXPECT_EQ(scene.bench.record().reason, domain::Reason::NormalClearing);
  EXPECT_TRUE(scene.bench.record().facts->recording.empty());
  EXPECT_TRUE(recordings().stopped.empty());
}

TEST_F(CallRecording, TheToneIsHeardByBothAgainAndAgain) {
  scene.bench.clips.add("tone:beep", 200ms);
  wish(domain::RecordMode::Wav, true);
  scene.establish();
  EXPECT_EQ(media().clips.size(), 2u);
  scene.bench.pass(15'100ms);
  EXPECT_EQ(media().clips.size(), 4u);
  scene.bench.pass(15s);
  EXPECT_EQ(media().clips.size(), 6u);
  EXPECT_EQ(scene.bench.engine.stop_recording(call()), RecordingAnswer::Done);
  scene.bench.pass(16s);
  EXPECT_EQ(media().clips.size(), 6u);
}

TEST_F(CallRecording, BeginsAndStopsOnDemand) {
  scene.establish();
  auto& engine = scene.bench.engine;
  EXPECT_EQ(engine.stop_recording(call()), RecordingAnswer::NotRecorded);
  EXPECT_EQ(engine.record(call(), {RecordingForm::Pcap}).answer, RecordingAnswer::Done);
  EXPECT_EQ(engine.record(call(), {}).answer, RecordingAnswer::Already);
  EXPECT_EQ(engine.stop_recording(call()), RecordingAnswer::Done);
  EXPECT_TRUE(media().taps.empty());
  ASSERT_EQ(recordings().stopped.size(), 1u);
  EXPECT_EQ(recordings().stopped[0].second, RecordingStop::Asked);
  const auto begun = engine.record(call(), {});
  EXPECT_EQ(begun.answer, RecordingAnswer::Done);
  hang_up();
  const auto& started = recordings().started;
  ASSERT_EQ(started.size(), 2u);
  EXPECT_EQ(begun.id, started[1].id);
  EXPECT_EQ(scene.bench.record().facts->recording,
            started[0].id.to_string() + " " + started[1].id.to_string());
  EXPECT_EQ(recordings().stopped.size(), 2u);
}

TEST_F(CallRecording, OnlyOfCallsThatAreThereAndUp) {
  auto& engine = scene.bench.engine;
  EXPECT_EQ(engine.record(id_of<CallId>(9), {}).answer, RecordingAnswer::NoSuchCall);
  const auto far = scene.start();
  EXPECT_EQ(engine.record(call(), {}).answer, RecordingAnswer::NotUp);
  EXPECT_TRUE(recordings().started.empty());
}

TEST_F(CallRecording, NotOfMediaThatGoAroundUs) {
  scene.bench.trunk().media_mode = domain::MediaMode::Bypass;
  scene.bench.provider(0).media_mode = domain::MediaMode::Bypass;
  scene.bench.publish();
  scene.establish();
  EXPECT_EQ(scene.bench.engine.record(call(), {}).answer, RecordingAnswer::NoMedia);
}

TEST_F(CallRecording, AllShardsAreAskedForTheCall) {
  scene.establish();
  ManualExecutor home;
  const calls::LiveCalls live({{&scene.bench.executor, &scene.bench.engine}});
  std::vector<RecordingAnswer> said;
  const auto note = [&](RecordingAnswer answer) { said.push_back(answer); };
  const auto note_begun = [&](const calls::RecordingBegun& begun) { said.push_back(begun.answer); };
  live.record(call(), id_of<CustomerId>(2), {}, home, note_begun);
  scene.bench.executor.run();
  live.record(call(), id_of<CustomerId>(1), {}, home, note_begun);
  scene.bench.executor.run();
  live.stop_recording(call(), {}, home, note);
  scene.bench.executor.run();
  home.run();
  EXPECT_EQ(said, (std::vector{RecordingAnswer::NoSuchCall, RecordingAnswer::Done, RecordingAnswer::Done}));
}

}  // namespace
}  // namespace warp
