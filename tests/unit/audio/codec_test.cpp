#include "warp/audio/codec.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "warp/audio/resampler.h"

#include "signals.h"

namespace warp::audio {
namespace {

using namespace signals;

TEST(AudioCodec, NamesAreThoseOfRtpmap) {
  for (const auto& [parameters, name] : all_codecs())
    EXPECT_EQ(parse_codec(to_string(parameters.codec)), parameters.codec) << name;
  EXPECT_EQ(parse_codec("OPUS"), Codec::Opus);
  EXPECT_EQ(parse_codec("pcmu"), Codec::Pcmu);
  EXPECT_FALSE(parse_codec("AMR-WB"));
  EXPECT_FALSE(parse_codec(""));
}

TEST(AudioCodec, RefusesForeignClockRates) {
  for (auto [parameters, name] : all_codecs()) {
    EXPECT_TRUE(make_encoder(parameters)) << name;
    EXPECT_TRUE(make_decoder(parameters)) << name;
    parameters.clock_rate = 44100;
    EXPECT_FALSE(make_encoder(parameters)) << name;
    EXPECT_FALSE(make_decoder(parameters)) << name;
  }
}

// dB of signal to noise at 1 kHz, and of level, that a round trip has at least.
struct Expected {
  double ratio, level_error;
};
Expected expected_of(Codec codec) {
  switch (codec) {
    case Codec::Pcmu:
    case Codec::Pcma:
      return {33, 0.2};
    case Codec::G722:
      return {40, 0.2};
    case Codec::L16:
      return {90, 0.01};
    case Codec::G729:
      return {8, 1.5};
    case Codec::Amr:
      return {12, 1.5};
    case Codec::Opus:
      return {18, 1.0};
  }
  return {100, 0};
}

TEST(AudioCodec, KeepsATone) {
  for (const auto& [parameters, name] : all_codecs()) {
    const auto rate = sample_rate(parameters);
    const auto in = sine(1000, -10, 1000, rate);
    const auto out = through(parameters, in);
    ASSERT_EQ(out.size(), in.size()) << name;
    const auto from = in.size() / 2;
    const auto late_in = std::span(in).subspan(from), late_out = std::span(out).subspan(from);
    const auto expected = expected_of(parameters.codec);
    EXPECT_GT(signal_to_noise(late_in, late_out, rate / 1000), expected.ratio) << name;
    const auto gain = decibel(power_at(late_out, 1000, rate) / power_at(late_in, 1000, rate));
    EXPECT_NEAR(gain, 0, expected.level_error) << name;
  }
}

TEST(AudioCodec, KeepsAVoiceInLevelAndShape) {
  for (const auto& [parameters, name] : all_codecs()) {
    const auto rate = sample_rate(parameters);
    const auto in = voice(1000, rate);
    const auto out = through(parameters, in);
    ASSERT_EQ(out.size(), in.size()) << name;
    EXPECT_NEAR(decibel(power(out) / power(in)), 0, 3.5) << name;
    if (parameters.codec == Codec::L16) {
      EXPECT_EQ(out, in) << name;
      continue;
    }
    const bool waveform = parameters.codec == Codec::Pcmu || parameters.codec == Codec::Pcma;
    if (waveform) {
      EXPECT_GT(signal_to_noise(in, out, 0), 30) << name;
    }
    if (rate == 8000) {
      EXPECT_GT(signal_to_noise(in, out, 200), waveform ? 30 : 5) << name;
    }
  }
}

std::string digits_heard(const Parameters& parameters) {
  const auto rate = sample_rate(parameters);
  const auto to_8000 = Resampler::make(rate, 8000);
  std::vector<Sample> narrow(kMostSamples);
  std::string heard;
  for (const char digit : std::string("0123456789*#ABCD")) {
    std::vector<Sample> sound(rate / 5);
    DigitTone(digit, rate).finish(std::span(sound).subspan(rate / 20, rate / 10));
    const auto out = through(parameters, sound);
    const auto detector = DigitDetector::make();
    for (std::size_t at = 0; at < out.size(); at += rate / 50) {
      const auto made = to_8000->process(std::span(out).subspan(at, rate / 50), narrow);
      for (const auto& change : detector->hear(std::span(narrow).first(made)))
        if (change.begins) heard += change.digit;
    }
  }
  return heard;
}

TEST(AudioCodec, CarriesDigitsAsSound) {
  for (const auto& [parameters, name] : all_codecs()) {
    const auto heard = digits_heard(parameters);
    // 8 kbit/s are made for voices: most digits come through, none as another one.
    if (parameters.codec == Codec::G729) {
      EXPECT_GE(heard.size(), 10u) << heard;
      EXPECT_TRUE(std::ranges::includes(std::string("0123456789*#ABCD"), heard, {}, event_of, event_of))
          << heard;
    } else {
      EXPECT_EQ(heard, "0123456789*#ABCD") << name;
    }
  }
}

TEST(AudioCodec, PacketsOfEveryLengthComeBackWhole) {
  for (const auto& [parameters, name] : all_codecs())
    for (const unsigned ms : {20u, 40u, 60u, 120u}) {
      const auto in = voice(240, sample_rate(parameters));
      EXPECT_EQ(through(parameters, in, ms).size(), in.size()) << name << ' ' << ms;
    }
  EXPECT_EQ(through({.codec = Codec::Pcmu}, voice(120, 8000), 30).size(), 960u);
  EXPECT_EQ(through({.codec = Codec::G729}, voice(120, 8000), 30).size(), 960u);
}

TEST(AudioCodec, RefusesBlocksThatAreNoWholeFramesAndRoomThatIsTooSmall) {
  std::vector<std::byte> out(kMostOctets);
  for (const auto& [parameters, name] : all_codecs()) {
    const auto encoder = make_encoder(parameters);
    const auto block = voice(20, sample_rate(parameters));
    EXPECT_EQ(encoder->encode(block, std::span(out).first(1)), 0u) << name;
    if (frame_ms(parameters) > 1) {
      EXPECT_EQ(encoder->encode(std::span(block).first(75), out), 0u) << name;
    }
    EXPECT_GT(encoder->encode(block, out), 0u) << name;
    EXPECT_EQ(encoder->encode({}, out), 0u) << name;
  }
}

TEST(AudioCodec, LeavesWhatItEncodesAsItIs) {
  std::vector<std::byte> out(kMostOctets);
  for (const auto& [parameters, name] : all_codecs()) {
    const auto block = voice(60, sample_rate(parameters));
    const auto before = block;
    make_encoder(parameters)->encode(block, out);
    EXPECT_EQ(block, before) << name;
  }
}

TEST(AudioCodec, KnowsHowLongAPayloadLasts) {
  std::vector<std::byte> payload(kMostOctets);
  for (const auto& [parameters, name] : all_codecs())
    for (const unsigned ms : {20u, 60u, 120u}) {
      const auto block = voice(ms, sample_rate(parameters));
      const auto octets = make_encoder(parameters)->encode(block, payload);
      EXPECT_EQ(make_decoder(parameters)->duration_ms(std::span(payload).first(octets)), ms) << name;
    }
}

TEST(AudioCodec, ConcealmentGoesOnAndFadesAway) {
  std::vector<std::byte> payload(kMostOctets);
  std::vector<Sample> out(kMostSamples);
  for (const auto& [parameters, name] : all_codecs()) {
    const auto encoder = make_encoder(parameters);
    const auto decoder = make_decoder(parameters);
    const auto rate = sample_rate(parameters);
    const auto block = std::size_t{rate} / 50;
    const auto in = sine(400, -10, 400, rate);
    for (std::size_t at = 0; at < in.size(); at += block) {
      const auto octets = encoder->encode(std::span(in).subspan(at, block), payload);
      ASSERT_TRUE(decoder->decode(std::span(payload).first(octets), out)) << name;
    }
    const auto sounding = power(std::span(out).first(block));
    std::vector<Sample> lost(block, 12345);
    decoder->conceal(lost);
    EXPECT_NEAR(decibel(power(lost) / sounding), 0, 6) << name;
    for (int packet = 0; packet < 4; ++packet)
      decoder->conceal(lost);
    const auto fifth = power(lost);
    EXPECT_LT(decibel(fifth / sounding), -3) << name;
    const bool own =
        parameters.codec == Codec::Opus || parameters.codec == Codec::Amr || parameters.codec == Codec::G729;
    if (!own) {
      EXPECT_EQ(fifth, 0) << name;
    }
    for (int packet = 0; packet < 40; ++packet)
      decoder->conceal(lost);
    EXPECT_LT(decibel(power(lost) / sounding), -30) << name;
  }
}

TEST(AudioCodec, ConcealsAnyNumberOfSamples) {
  for (const auto& [parameters, name] : all_codecs()) {
    const auto decoder = make_decoder(parameters);
    for (const std::size_t count : {0u, 1u, 79u, 161u, 1001u, 5760u, 9999u}) {
      std::vector<Sample> out(count + 1, 12345);
      decoder->conceal(std::span(out).first(count));
      EXPECT_EQ(std::ranges::count(std::span(out).first(count), Sample{12345}), 0) << name;
      EXPECT_EQ(out.back(), 12345) << name;
    }
  }
}

TEST(AudioCodec, AnyBytesAreAPayloadOrNone) {
  std::vector<Sample> out(kMostSamples);
  Noise noise(11);
  for (const auto& [parameters, name] : all_codecs()) {
    const auto decoder = make_decoder(parameters);
    EXPECT_FALSE(decoder->decode({}, out)) << name;
    EXPECT_EQ(decoder->duration_ms({}), 0u) << name;
    for (int round = 0; round < 400; ++round) {
      std::vector<std::byte> payload(static_cast<std::size_t>(std::abs(noise.next()) * 200));
      for (auto& octet : payload)
        octet = static_cast<std::byte>(static_cast<int>(noise.next() * 128 + 128));
      const auto made = decoder->decode(payload, out);
      ASSERT_LE(made.value_or(0), kMostSamples) << name;
      EXPECT_FALSE(decoder->decode(payload, std::span(out).first(7)).value_or(0) > 7) << name;
      decoder->recover(std::span(out).first(333), payload);
    }
    const std::vector<std::byte> endless(kMostOctets + 2, std::byte{0x55});
    EXPECT_FALSE(decoder->decode(endless, out)) << name;
  }
}

}  // namespace
}  // namespace warp::audio
