#include "warp/audio/tone.h"

#include <gtest/gtest.h>

#include "signals.h"

namespace warp::audio {
namespace {

using namespace signals;

TEST(Tone, DigitsAndEventsAreOneToOne) {
  for (std::uint8_t event = 0; event < 16; ++event)
    EXPECT_EQ(event_of(digit_of(event).value_or('?')), event);
  EXPECT_EQ(digit_of(11), '#');
  EXPECT_FALSE(digit_of(16));
  EXPECT_FALSE(event_of('a'));
  EXPECT_FALSE(is_digit('\0'));
}

TEST(Tone, ADigitIsItsTwoTonesTwoDecibelApart) {
  std::vector<Sample> out(8000);
  DigitTone('6', 8000).fill(out);
  const auto reference = power(sine(1000, 0, 1000, 8000));
  EXPECT_NEAR(decibel(power_at(out, 1477, 8000) / reference), -8, 0.2);
  EXPECT_NEAR(decibel(power_at(out, 770, 8000) / reference), -10, 0.2);
  EXPECT_LT(decibel(power_at(out, 1633, 8000) / reference), -40);
}

TEST(Tone, BlocksJoinWithoutASeamAndEndInARamp) {
  std::vector<Sample> whole(1600), parts(1600);
  DigitTone one('D', 16000), other('D', 16000);
  one.fill(whole);
  for (std::size_t at = 0; at < parts.size(); at += 100)
    other.fill(std::span(parts).subspan(at, 100));
  EXPECT_EQ(whole, parts);
  EXPECT_EQ(whole[0], 0);
  one.finish(whole);
  EXPECT_EQ(whole.back(), 0);
  one.fill(whole);
  EXPECT_EQ(power(whole), 0);
}

TEST(Tone, WhatIsNoDigitIsSilent) {
  std::vector<Sample> out(800, 5);
  DigitTone('x', 8000).fill(out);
  EXPECT_EQ(power(out), 0);
}

TEST(Tone, SinesHaveTheirLevel) {
  EXPECT_NEAR(decibel(power(sine(1000, 3.14, 1000, 8000)) / (32767.0 * 32767 / 2)), 0, 0.01);
  EXPECT_NEAR(decibel(power(sine(1000, -20, 1000, 48000)) / (32767.0 * 32767 / 2)), -23.14, 0.01);
}

TEST(Tone, RingbackHasTheCadenceOfItsCountry) {
  const auto us = ringback("us", 8000), eu = ringback("eu", 8000), uk = ringback("uk", 16000);
  ASSERT_EQ(us.size(), 48000u);
  EXPECT_GT(power_at(std::span(us).first(16000), 440, 8000), 1e5);
  EXPECT_GT(power_at(std::span(us).first(16000), 480, 8000), 1e5);
  EXPECT_EQ(power(std::span(us).subspan(16000)), 0);
  ASSERT_EQ(eu.size(), 40000u);
  EXPECT_GT(power_at(std::span(eu).first(8000), 425, 8000), 1e5);
  ASSERT_EQ(uk.size(), 48000u);
  EXPECT_EQ(power(std::span(uk).subspan(6400, 3200)), 0);
  EXPECT_GT(power(std::span(uk).subspan(9600, 6400)), 1e5);
  EXPECT_EQ(ringback("atlantis", 8000), us);
}

}  // namespace
}  // namespace warp::audio
