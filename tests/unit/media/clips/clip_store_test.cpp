// The clips of a folder, and those that are always there.
#include "warp/media/clip_store.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "warp/audio/wav.h"

namespace warp::media {
namespace {

namespace fs = std::filesystem;

struct ClipFolder : testing::Test {
  ClipFolder() {
    std::string pattern = (fs::temp_directory_path() / "warp-clips-XXXXXX").string();
    folder = mkdtemp(pattern.data());
  }
  ~ClipFolder() override { fs::remove_all(folder); }

  void put(const std::string& name, std::uint32_t rate, std::uint16_t channels, std::size_t samples) {
    const auto header = audio::wav_header(rate, channels, static_cast<std::uint32_t>(samples * 2));
    std::ofstream out(folder / name, std::ios::binary);
    out.write(reinterpret_cast<const char*>(header.data()), header.size());
    for (std::size_t i = 0; i < samples; ++i)
      out.write(i % 2 == 0 ? "\x10\x27" : "\xf0\xd8", 2);  // 10000, -10000
  }
  void put_text(const std::string& name, const std::string& text) { std::ofstream(folder / name) << text; }
  ClipStore store(ClipSettings settings = {}) {
    settings.folder = folder;
    return ClipStore(settings, log, metrics);
  }
  std::uint64_t refused() {
    return metrics
        .counter("warp_media_clip_files_refused_total", "Files of the clips' folder that could not be taken.")
        .value();
  }

  fs::path folder;
  log::Logger log{{.level = log::Level::Error, .file = "/dev/null"}};
  metrics::Registry metrics;
};

TEST_F(ClipFolder, TonesAreAlwaysThere) {
  ClipStore clips({}, log, metrics);
  EXPECT_EQ(clips.names(), (std::vector<std::string>{"tone:beep", "tone:ringback-eu", "tone:ringback-uk",
                                                     "tone:ringback-us", "tone:silence"}));
  const auto ring = clips.find("tone:ringback-us");
  ASSERT_TRUE(ring);
  EXPECT_EQ(ring->sample_rate, ClipStore::kSampleRate);
  EXPECT_EQ(ring->samples.size(), 6u * ClipStore::kSampleRate) << "one period: it is looped";
  EXPECT_EQ(clips.find("tone:beep")->samples.size(), ClipStore::kSampleRate / 5);
  EXPECT_EQ(clips.find("nothing"), nullptr);
  EXPECT_EQ(clips.find(""), nullptr);
}

TEST_F(ClipFolder, FilesBecomeMonoAtOneRate) {
  put("eight.wav", 8000, 1, 8000);
  put("sixteen.wav", 16000, 1, 16000);
  put("stereo.wav", 48000, 2, 96000);
  const auto clips = store();
  for (const char* name : {"eight", "sixteen", "stereo"}) {
    const auto clip = clips.find(name);
    ASSERT_TRUE(clip) << name;
    EXPECT_EQ(clip->name, name);
    EXPECT_EQ(clip->sample_rate, 16'000u);
    EXPECT_NEAR(static_cast<double>(clip->samples.size()), 16'000, 160) << name;
  }
  EXPECT_EQ(clips.find("sixteen")->samples[1], -10000) << "as it is in the file";
}

TEST_F(ClipFolder, WhatIsNoClipIsLeftOutAndCounted) {
  put("good.wav", 8000, 1, 800);
  put("tone:beep.wav", 8000, 1, 800);
  put("empty.wav", 8000, 1, 0);
  put_text("text.wav", "not a sound");
  put_text("readme.txt", "nobody looks at it");
  fs::create_directory(folder / "folder.wav");
  const auto clips = store();
  EXPECT_TRUE(clips.find("good"));
  EXPECT_EQ(clips.names().size(), 6u);
  EXPECT_EQ(refused(), 4u);
  EXPECT_EQ(clips.find("tone:beep")->samples.size(), ClipStore::kSampleRate / 5) << "nobody replaces it";
}

TEST_F(ClipFolder, CeilingsOfAFileAndOfAll) {
  put("a.wav", 16000, 1, 1000);
  put("b.wav", 16000, 1, 1000);
  put("c.wav", 16000, 1, 3000);
  const auto small = store({.folder = {}, .most_file = 5000});
  EXPECT_TRUE(small.find("a"));
  EXPECT_FALSE(small.find("c")) << "too large itself";
  const auto full = store({.folder = {}, .most_octets = 3000});
  EXPECT_TRUE(full.find("a"));
  EXPECT_FALSE(full.find("b"));
  const auto few = store({.folder = {}, .most_clips = 6});
  EXPECT_TRUE(few.find("a"));
  EXPECT_FALSE(few.find("b"));
}

TEST_F(ClipFolder, AFileThatGrowsInMemoryIsMeasuredThere) {
  put("slow.wav", 1000, 1, 2000);
  EXPECT_FALSE(store({.folder = {}, .most_octets = 10'000}).find("slow"));
}

TEST_F(ClipFolder, IsReadAnewAndWhatPlaysIsKept) {
  put("a.wav", 16000, 1, 1000);
  auto clips = store();
  const auto playing = clips.find("a");
  put("a.wav", 16000, 1, 2000);
  put("b.wav", 16000, 1, 1000);
  EXPECT_TRUE(clips.reload());
  EXPECT_EQ(playing->samples.size(), 1000u);
  EXPECT_EQ(clips.find("a")->samples.size(), 2000u);
  EXPECT_TRUE(clips.find("b"));
  fs::remove(folder / "a.wav");
  EXPECT_TRUE(clips.reload());
  EXPECT_FALSE(clips.find("a"));
}

TEST_F(ClipFolder, AFolderThatIsGoneChangesNothing) {
  put("a.wav", 16000, 1, 1000);
  auto clips = store();
  fs::remove_all(folder);
  EXPECT_FALSE(clips.reload());
  EXPECT_TRUE(clips.find("a"));
  ClipStore none({.folder = folder}, log, metrics);
  EXPECT_TRUE(none.find("tone:beep"));
}

}  // namespace
}  // namespace warp::media
