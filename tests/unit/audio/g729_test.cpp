#include <gtest/gtest.h>

#include "signals.h"

namespace warp::audio {
namespace {

using namespace signals;

std::vector<std::byte> speech(std::size_t frames) {
  std::vector<std::byte> payload(10 * frames);
  const auto encoder = make_encoder({.codec = Codec::G729});
  const auto in = voice(static_cast<std::uint32_t>(10 * frames), 8000);
  EXPECT_EQ(encoder->encode(in, payload), payload.size());
  return payload;
}

TEST(G729, SilenceDescriptorsStandAtTheEndOrAlone) {
  const auto decoder = make_decoder({.codec = Codec::G729, .annex_b = true});
  std::vector<Sample> out(kMostSamples);
  auto payload = speech(2);
  EXPECT_EQ(decoder->decode(payload, out), 160u);
  payload.insert(payload.end(), {std::byte{0x12}, std::byte{0x34}});
  EXPECT_EQ(decoder->duration_ms(payload), 30u);
  EXPECT_EQ(decoder->decode(payload, out), 240u);
  EXPECT_EQ(decoder->decode(std::span(payload).last(2), out), 80u);
}

TEST(G729, NoiseGoesOnBehindASilenceDescriptor) {
  const auto decoder = make_decoder({.codec = Codec::G729});
  std::vector<Sample> out(kMostSamples);
  ASSERT_TRUE(decoder->decode(speech(12), out));
  const std::vector<std::byte> silence = {std::byte{0x2a}, std::byte{0x5e}};
  for (int packet = 0; packet < 3; ++packet)
    ASSERT_EQ(decoder->decode(silence, out), 80u);
  const auto noise = power(std::span(out).first(80));
  EXPECT_GT(noise, 0);
  std::vector<Sample> gap(800);
  decoder->conceal(gap);
  EXPECT_NEAR(decibel(power(gap) / noise), 0, 6);
}

TEST(G729, OtherLengthsAreNone) {
  const auto decoder = make_decoder({.codec = Codec::G729});
  std::vector<Sample> out(kMostSamples);
  auto payload = speech(12);
  payload.resize(132);
  EXPECT_EQ(decoder->decode(std::span(payload).first(120), out), 960u);
  for (const std::size_t size : {1u, 3u, 9u, 11u, 13u, 19u, 122u, 130u, 132u})
    EXPECT_FALSE(decoder->decode(std::span(payload).first(size), out)) << size;
}

}  // namespace
}  // namespace warp::audio
