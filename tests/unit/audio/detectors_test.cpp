#include <gtest/gtest.h>

#include "signals.h"

namespace warp::audio {
namespace {

using namespace signals;

std::string changes_of(DigitDetector& detector, std::span<const Sample> samples) {
  std::string text;
  for (; samples.size() >= 160; samples = samples.subspan(160))
    for (const auto& change : detector.hear(samples.first(160)))
      text += {change.digit, change.begins ? '+' : '-'};
  return text;
}

TEST(DigitDetector, HearsEveryDigitOnceWithItsEnd) {
  const auto detector = DigitDetector::make();
  ASSERT_TRUE(detector);
  std::string expected, heard;
  for (std::uint8_t event = 0; event < 16; ++event) {
    const auto digit = digit_of(event).value();
    std::vector<Sample> sound(1120);
    DigitTone(digit, 8000).finish(std::span(sound).first(640));
    heard += changes_of(*detector, sound);
    expected += {digit, '+', digit, '-'};
  }
  EXPECT_EQ(heard, expected);
}

TEST(DigitDetector, KnowsThatADigitSounds) {
  const auto detector = DigitDetector::make();
  std::vector<Sample> sound(1600);
  EXPECT_FALSE(detector->sounding());
  DigitTone('5', 8000).fill(std::span(sound).first(800));
  detector->hear(std::span(sound).first(160));
  EXPECT_TRUE(detector->sounding());  // suspected at least
  detector->hear(std::span(sound).subspan(160, 640));
  EXPECT_TRUE(detector->sounding());
  detector->hear(std::span(sound).last(800));
  EXPECT_FALSE(detector->sounding());
}

TEST(DigitDetector, VoiceAndNoiseAreNoDigits) {
  const auto detector = DigitDetector::make();
  EXPECT_EQ(changes_of(*detector, voice(3000, 8000)), "");
  Noise noise(3);
  std::vector<Sample> out(24000);
  for (auto& sample : out)
    sample = static_cast<Sample>(3000 * noise.next());
  EXPECT_EQ(changes_of(*detector, out), "");
}

TEST(DigitDetector, OneDigitBehindAnotherWithoutAGapEndsTheFirst) {
  const auto detector = DigitDetector::make();
  std::vector<Sample> sound(1600 + 800);
  DigitTone('1', 8000).fill(std::span(sound).first(800));
  DigitTone('9', 8000).fill(std::span(sound).subspan(800, 800));
  const auto heard = changes_of(*detector, sound);
  EXPECT_EQ(heard, "1+1-9+9-");
}

std::optional<FaxTone> fax_tone_of(std::span<const Sample> samples) {
  const auto detector = FaxToneDetector::make();
  std::optional<FaxTone> found;
  for (; samples.size() >= 160; samples = samples.subspan(160))
    if (const auto tone = detector->hear(samples.first(160))) found = tone;
  return found;
}

TEST(FaxToneDetector, HearsTheCallingAndTheAnsweringTone) {
  auto calling = sine(1100, -12, 500, 8000);
  calling.resize(32000);
  EXPECT_EQ(fax_tone_of(calling), FaxTone::Cng);
  auto answering = sine(2100, -12, 3000, 8000);
  answering.resize(32000);
  EXPECT_EQ(fax_tone_of(answering), FaxTone::Ced);
}

TEST(FaxToneDetector, VoiceDigitsAndRingbackAreNoFax) {
  EXPECT_FALSE(fax_tone_of(voice(4000, 8000)));
  EXPECT_FALSE(fax_tone_of(ringback("us", 8000)));
  std::vector<Sample> sound(8000);
  DigitTone('2', 8000).fill(sound);
  EXPECT_FALSE(fax_tone_of(sound));
}

}  // namespace
}  // namespace warp::audio
