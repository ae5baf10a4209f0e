#include "warp/audio/wav.h"

#include <gtest/gtest.h>

namespace warp::audio {
namespace {

std::vector<std::byte> wav_file(std::uint32_t rate, std::uint16_t channels, std::span<const Sample> samples) {
  const auto header = wav_header(rate, channels, static_cast<std::uint32_t>(2 * samples.size()));
  std::vector<std::byte> file(header.begin(), header.end());
  for (const auto sample : samples) {
    file.push_back(static_cast<std::byte>(sample & 0xff));
    file.push_back(static_cast<std::byte>(sample >> 8 & 0xff));
  }
  return file;
}

TEST(Wav, WhatIsWrittenIsReadAgain) {
  const std::vector<Sample> samples = {0, 1, -1, 32767, -32768, 255};
  const auto wav = read_wav(wav_file(16000, 2, samples));
  ASSERT_TRUE(wav);
  EXPECT_EQ(wav->sample_rate, 16000u);
  EXPECT_EQ(wav->channels, 2);
  EXPECT_EQ(wav->samples, samples);
  EXPECT_EQ(mono(*wav), (std::vector<Sample>{0, 16383, -16256}));
}

TEST(Wav, EveryTruncationIsAnError) {
  const auto file = wav_file(8000, 1, std::vector<Sample>{1, 2, 3});
  for (std::size_t size = 0; size < file.size(); ++size) {
    const auto wav = read_wav(std::span(file).first(size));
    ASSERT_FALSE(wav) << size;
    EXPECT_EQ(wav.error(), size < 12 ? WavError::NotWav : WavError::Truncated) << size;
  }
}

TEST(Wav, ReadsEightBitsAndBothLaws) {
  auto file = wav_file(8000, 1, {});
  const auto of_form = [&](unsigned form, unsigned octet) {
    auto changed = file;
    changed[20] = static_cast<std::byte>(form);
    changed[32] = std::byte{1};
    changed[34] = std::byte{8};
    changed[40] = std::byte{1};
    changed.push_back(static_cast<std::byte>(octet));
    const auto wav = read_wav(changed);
    return wav && wav->samples.size() == 1 ? wav->samples[0] : Sample{9999};
  };
  EXPECT_EQ(of_form(1, 128), 0);
  EXPECT_EQ(of_form(1, 255), 127 * 256);
  EXPECT_EQ(of_form(1, 0), -32768);
  EXPECT_EQ(of_form(7, 0x80), 32124);
  EXPECT_EQ(of_form(6, 0xaa), 32256);
  EXPECT_EQ(of_form(3, 0), 9999);  // floating point
}

TEST(Wav, StepsOverOtherChunksAndHalfFrames) {
  auto file = wav_file(8000, 2, std::vector<Sample>{5, 6, 7});
  std::string text(12, '\0');
  text.replace(0, 4, "LIST");
  text[4] = 3;
  const auto at = file.begin() + 12;
  const auto extra = std::as_bytes(std::span(text));
  file.insert(at, extra.begin(), extra.end());
  const auto wav = read_wav(file);
  ASSERT_TRUE(wav);
  EXPECT_EQ(wav->samples, (std::vector<Sample>{5, 6}));
}

TEST(Wav, RefusesWhatItCannotPlayOrHold) {
  auto file = wav_file(8000, 1, std::vector<Sample>{1, 2, 3});
  EXPECT_EQ(read_wav(file, 5).error(), WavError::TooLong);
  EXPECT_TRUE(read_wav(file, 6));
  auto none = file;
  none[22] = std::byte{0};
  EXPECT_EQ(read_wav(none).error(), WavError::Format);
  auto wide = file;
  wide[34] = std::byte{24};
  EXPECT_EQ(read_wav(wide).error(), WavError::Format);
  auto still = file;
  still[24] = still[25] = std::byte{0};
  EXPECT_EQ(read_wav(still).error(), WavError::Format);
  file[0] = std::byte{'X'};
  EXPECT_EQ(read_wav(file).error(), WavError::NotWav);
}

TEST(Wav, TheLengthOfAHeaderNeverWraps) {
  const auto header = wav_header(8000, 1, 0xffffffff);
  EXPECT_EQ(header[4], std::byte{0xff});
  EXPECT_EQ(header[7], std::byte{0xff});
}

}  // namespace
}  // namespace warp::audio
