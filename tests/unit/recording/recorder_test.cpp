#include "warp/recording/recorder.h"

#include <condition_variable>
#include <mutex>

#include "recording_kit.h"

namespace warp::recording {
namespace {

using namespace std::chrono_literals;

// Time that moves by hand, read by the recorder's threads.
class HandClock final : public Clock {
 public:
  Monotonic now() const override { return Monotonic(micros_.load()); }
  WallTime wall() const override { return WallTime(micros_.load()); }
  void advance(std::chrono::microseconds by) { micros_ = micros_.load() + by; }

 private:
  std::atomic<std::chrono::microseconds> micros_{std::chrono::hours(1)};
};

class RecorderTest : public ::testing::Test {
 protected:
  RecorderTest() { settings.folder = folder.path; }

  std::unique_ptr<Recorder> open() {
    settings.least_free_octets = least_free;
    auto made = Recorder::make(
        settings, clock, log, registry,
        [this](const Finished& what) {
          std::lock_guard guard(mutex);
          finished.push_back(what);
          changed.notify_all();
        },
        test_kit());
    if (!made) ADD_FAILURE() << to_string(made.error());
    return made ? std::move(*made) : nullptr;
  }
  // What was finished first, second…
  Finished wait_for(std::size_t nth = 0) {
    std::unique_lock lock(mutex);
    if (!changed.wait_for(lock, 60s, [&] { return finished.size() > nth; })) {
      ADD_FAILURE() << "nothing was finished";
      return {};
    }
    return finished[nth];
  }
  void speak(domain::MediaTap& tap, std::size_t count) {
    tap.terms(MediaSide::A, 0, terms_of({kL16}));
    const auto begin = clock.now();
    for (std::size_t i = 0; i < count; ++i)
      tap.packet(MediaSide::A, 0,
                 rtp_packet(96, static_cast<std::uint16_t>(i), static_cast<std::uint32_t>(i * 320), 1,
                            l16_tone(1'000, i)),
                 origin_of(MediaSide::A), begin + std::chrono::milliseconds(20 * i));
  }
  std::uint64_t counted(std::string_view name, const metrics::Labels& labels = {}) {
    return registry.counter(name, "", labels).value();
  }

  Folder folder;
  HandClock clock;
  log::Logger log{
      log::Settings{.format = log::Format::Text, .level = log::Level::Error, .file = "/dev/null"}};
  metrics::Registry registry;
  Settings settings;
  std::uint64_t least_free = 0;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<Finished> finished;
};

TEST_F(RecorderTest, WhatIsSaidIsInTheFileWhenItEnds) {
  const auto recorder = open();
  const auto tap = *recorder->start(request_of(Form::WavMono));
  speak(*tap, 50);
  recorder->stop(request_of(Form::WavMono).id, StopCause::Asked);
  const auto what = wait_for();
  EXPECT_EQ(what.cause, StopCause::Asked);
  EXPECT_EQ(what.packets_lost_here, 0u);
  EXPECT_EQ(what.length, 1'000ms);
  const auto wav = wav_of(content_of(folder.path / what.file));
  EXPECT_NEAR(amplitude(wav.channel(0), 1'000, 16'000), 8'000, 100);
  EXPECT_EQ(counted("warp_recording_finished_total", {{"cause", "asked"}}), 1u);
  EXPECT_EQ(counted("warp_recording_octets_total"), what.octets);
  EXPECT_EQ(folder.names().size(), 2u) << "the file and its facts";
  recorder->stored(what);
  EXPECT_EQ(folder.names().size(), 1u);
  EXPECT_TRUE(recorder->remove(what.file));
  EXPECT_TRUE(recorder->remove(what.file)) << "gone is gone";
  EXPECT_TRUE(folder.names().empty());
}

TEST_F(RecorderTest, TheEndOfTheRecorderFinishesWhatRuns) {
  auto recorder = open();
  const auto tap = *recorder->start(request_of(Form::WavStereo));
  speak(*tap, 5);
  recorder.reset();
  const auto what = wait_for();
  EXPECT_EQ(what.cause, StopCause::CallEnded);
  EXPECT_EQ(wav_of(content_of(folder.path / what.file)).samples.size(), 2 * 1'600u);
  speak(*tap, 5);  // a tap that outlives it does nothing
}

TEST_F(RecorderTest, AFullRingLosesPacketsAndSaysSo) {
  settings.ring_octets = 8'192;
  auto recorder = open();
  const auto tap = *recorder->start(request_of(Form::WavMono));
  speak(*tap, 2'000);  // faster than any round
  recorder->stop(request_of(Form::WavMono).id, StopCause::CallEnded);
  const auto what = wait_for();
  EXPECT_GT(what.packets_lost_here, 0u);
  EXPECT_EQ(counted("warp_recording_dropped_packets_total"), what.packets_lost_here);
  EXPECT_FALSE(what.file.empty());
}

TEST_F(RecorderTest, AQuotaThatIsReachedStopsAndRefuses) {
  settings.quota_octets = 30'000;
  auto recorder = open();
  const auto tap = *recorder->start(request_of(Form::WavMono));
  speak(*tap, 100);
  // A second passes, and there is something to do.
  clock.advance(2s);
  recorder->stop(Uuid{}, StopCause::Asked);
  const auto what = wait_for();
  EXPECT_EQ(what.cause, StopCause::Quota);
  EXPECT_GE(what.octets, 30'000u);
  const auto refused = recorder->start(request_of(Form::WavMono, 2));
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error(), Recorder::Refused::Quota);
  EXPECT_EQ(counted("warp_recording_refused_total", {{"reason", "quota"}}), 1u);
  EXPECT_TRUE(recorder->remove(what.file));
  EXPECT_TRUE(recorder->start(request_of(Form::WavMono, 2)).has_value());
}

TEST_F(RecorderTest, FilesOfBeforeCountForTheQuota) {
  std::ofstream(folder.path / "old.wav") << std::string(1'000, 'x');
  settings.quota_octets = 1'000;
  const auto recorder = open();
  EXPECT_EQ(recorder->start(request_of(Form::WavMono)).error(), Recorder::Refused::Quota);
}

TEST_F(RecorderTest, WithoutRoomOnTheDiskNothingBegins) {
  least_free = std::uint64_t{1} << 62;
  const auto recorder = open();
  EXPECT_EQ(recorder->start(request_of(Form::WavMono)).error(), Recorder::Refused::DiskFull);
}

TEST_F(RecorderTest, AdoptsOnceAndTellsUntilItIsStored) {
  {
    const Place place{folder.path, {}};
    const auto kit = test_kit();
    Session session(place, kit, request_of(Form::Pcap), clock.now());
    ASSERT_TRUE(session.open());
    ASSERT_TRUE(session.packet({MediaSide::A, 0, origin_of(MediaSide::A), clock.now()},
                               rtp_packet(0, 1, 0, 1, as_bytes("one"))));
    ASSERT_TRUE(session.flush());
  }
  for (int process = 0; process < 2; ++process) {
    const auto recorder = open();
    recorder->adopt();
    const auto what = wait_for(static_cast<std::size_t>(process));
    EXPECT_EQ(what.cause, StopCause::ProcessKilled);
    EXPECT_EQ(what.id, request_of(Form::Pcap).id);
    EXPECT_TRUE(std::filesystem::exists(folder.path / what.file));
    if (process == 1) recorder->stored(what);
  }
  const auto recorder = open();
  recorder->adopt();
  EXPECT_EQ(folder.names().size(), 1u);
}

TEST_F(RecorderTest, EncryptsWithAKeyAndDoesNotStartWithoutAGoodOne) {
  settings.key_file = folder.key_file();
  {
    auto recorder = open();
    const auto tap = *recorder->start(request_of(Form::WavMono));
    speak(*tap, 50);
    recorder->stop(request_of(Form::WavMono).id, StopCause::CallEnded);
    const auto what = wait_for();
    EXPECT_TRUE(what.encrypted);
    EXPECT_EQ(wav_of(content_of(folder.path / what.file, read_key(*settings.key_file))).samples.size(),
              16'000u);
  }
  std::ofstream(*settings.key_file) << "short";
  EXPECT_EQ(Recorder::make(settings, clock, log, registry, {}, test_kit()).error(),
            Recorder::StartError::BadKey);
  settings.folder = *settings.key_file / "below a file";
  EXPECT_EQ(Recorder::make(settings, clock, log, registry, {}, test_kit()).error(),
            Recorder::StartError::NoFolder);
}

}  // namespace
}  // namespace warp::recording
