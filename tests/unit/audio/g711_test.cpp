#include <gtest/gtest.h>

#include "signals.h"

namespace warp::audio {
namespace {

std::vector<Sample> every_code(Codec codec) {
  std::vector<std::byte> codes(256);
  for (unsigned code = 0; code < 256; ++code)
    codes[code] = static_cast<std::byte>(code);
  std::vector<Sample> out(256);
  make_decoder({.codec = codec})->decode(codes, out);
  return out;
}

unsigned code_of(Codec codec, Sample sample) {
  std::byte out{};
  make_encoder({.codec = codec})->encode(std::span(&sample, 1), std::span(&out, 1));
  return static_cast<unsigned>(out);
}

TEST(G711, ValuesOfTheRecommendation) {
  const auto mu = every_code(Codec::Pcmu), a = every_code(Codec::Pcma);
  EXPECT_EQ(mu[0x00], -32124);
  EXPECT_EQ(mu[0x80], 32124);
  EXPECT_EQ(mu[0xff], 0);
  EXPECT_EQ(mu[0x7f], 0);
  EXPECT_EQ(mu[0xfe], 8);
  EXPECT_EQ(a[0xd5], 8);
  EXPECT_EQ(a[0x55], -8);
  EXPECT_EQ(a[0xaa], 32256);
  EXPECT_EQ(a[0x2a], -32256);
  EXPECT_EQ(code_of(Codec::Pcmu, 0), 0xffu);
  EXPECT_EQ(code_of(Codec::Pcma, 0), 0xd5u);
  EXPECT_EQ(code_of(Codec::Pcmu, 32767), 0x80u);
  EXPECT_EQ(code_of(Codec::Pcmu, -32768), 0x00u);
  EXPECT_EQ(code_of(Codec::Pcma, 32767), 0xaau);
  EXPECT_EQ(code_of(Codec::Pcma, -32768), 0x2au);
}

TEST(G711, EveryCodeComesBackAsItself) {
  for (const auto codec : {Codec::Pcmu, Codec::Pcma}) {
    const auto samples = every_code(codec);
    for (unsigned code = 0; code < 256; ++code) {
      // Two zeros have one value.
      const auto expected = codec == Codec::Pcmu && code == 0x7f ? 0xffu : code;
      EXPECT_EQ(code_of(codec, samples[code]), expected) << to_string(codec) << ' ' << code;
    }
  }
}

TEST(G711, NeverFurtherOffThanHalfAStepOfItsSegment) {
  for (const auto codec : {Codec::Pcmu, Codec::Pcma}) {
    const auto samples = every_code(codec);
    for (int value = -32768; value < 32768; value += 7) {
      const auto back = samples[code_of(codec, static_cast<Sample>(value))];
      const auto error = std::abs(value - back);
      EXPECT_LE(error, std::max(16.0, std::abs(value) / 32.0 + 20)) << to_string(codec) << ' ' << value;
    }
  }
}

}  // namespace
}  // namespace warp::audio
