#include <gtest/gtest.h>

#include "signals.h"

namespace warp::audio {
namespace {

using namespace signals;

constexpr std::array<std::size_t, 8> kModeBits = {95, 103, 118, 134, 148, 159, 204, 244};

std::vector<std::byte> amr_payload(const Parameters& parameters, unsigned ms, int request = -1) {
  std::vector<std::byte> payload(kMostOctets);
  const auto encoder = make_encoder(parameters);
  if (request >= 0) encoder->request_mode(static_cast<std::uint8_t>(request));
  payload.resize(encoder->encode(voice(ms, 8000), payload));
  return payload;
}

std::vector<std::byte> octet_list(std::initializer_list<unsigned> values) {
  std::vector<std::byte> out;
  for (const auto value : values)
    out.push_back(static_cast<std::byte>(value));
  return out;
}

TEST(Amr, PayloadsOfEveryModeAreAsLongAsTheStandardSays) {
  for (unsigned mode = 0; mode < 8; ++mode)
    for (const unsigned frames : {1u, 2u, 6u}) {
      Parameters parameters{.codec = Codec::Amr, .mode_set = static_cast<std::uint16_t>(1 << mode)};
      EXPECT_EQ(amr_payload(parameters, 20 * frames).size(), (4 + frames * (6 + kModeBits[mode]) + 7) / 8);
      parameters.octet_aligned = true;
      EXPECT_EQ(amr_payload(parameters, 20 * frames).size(), 1 + frames * (1 + (kModeBits[mode] + 7) / 8));
    }
}

TEST(Amr, TheModeFollowsTheRequestWithinTheSet) {
  const auto mode_of = [](std::uint16_t set, int request) {
    const auto payload =
        amr_payload({.codec = Codec::Amr, .octet_aligned = true, .mode_set = set}, 20, request);
    return payload.size() < 2 ? 99u : static_cast<unsigned>(payload[1]) >> 3 & 15;
  };
  EXPECT_EQ(mode_of(0, -1), 7u);
  EXPECT_EQ(mode_of(0, 3), 3u);
  EXPECT_EQ(mode_of(0b10010101, -1), 7u);
  EXPECT_EQ(mode_of(0b10010101, 6), 4u);
  EXPECT_EQ(mode_of(0b10010100, 0), 2u);  // none so low: the lowest
  EXPECT_EQ(mode_of(0, 15), 7u);          // no request
  EXPECT_EQ(mode_of(0, 9), 7u);
}

TEST(Amr, TheDecoderTellsWhatThePeerRequests) {
  const auto decoder = make_decoder({.codec = Codec::Amr, .octet_aligned = true});
  std::vector<Sample> out(kMostSamples);
  auto payload = amr_payload({.codec = Codec::Amr, .octet_aligned = true}, 20);
  EXPECT_EQ(static_cast<unsigned>(payload[0]), 0xf0u);
  ASSERT_TRUE(decoder->decode(payload, out));
  EXPECT_FALSE(decoder->requested_mode());
  payload[0] = std::byte{0x20};
  ASSERT_TRUE(decoder->decode(payload, out));
  EXPECT_EQ(decoder->requested_mode(), 2);
}

TEST(Amr, BothFormatsDecodeToTheSame) {
  const auto in = voice(400, 8000);
  for (const auto mode : {0, 2, 5, 7}) {
    const auto set = static_cast<std::uint16_t>(1 << mode);
    EXPECT_EQ(through({.codec = Codec::Amr, .mode_set = set}, in, 40),
              through({.codec = Codec::Amr, .octet_aligned = true, .mode_set = set}, in, 20));
  }
}

TEST(Amr, NoDataHasNoAudioAndSilenceDescriptorsHaveNoise) {
  std::vector<Sample> out(kMostSamples);
  const auto aligned = make_decoder({.codec = Codec::Amr, .octet_aligned = true});
  const auto nothing = octet_list({0xf0, 0x7c});
  EXPECT_EQ(aligned->decode(nothing, out), 0u);
  EXPECT_EQ(aligned->duration_ms(nothing), 20u);
  // A silence descriptor that updates: 35 bits of parameters, STI, three of mode.
  EXPECT_EQ(aligned->decode(octet_list({0xf0, 0x44, 0x2a, 0x11, 0x80, 0x22, 0x7e}), out), 160u);
  std::vector<Sample> gap(1600);
  aligned->conceal(gap);
  const auto efficient = make_decoder({.codec = Codec::Amr});
  EXPECT_EQ(efficient->decode(octet_list({0xf7, 0xc0}), out), 0u);
  EXPECT_EQ(efficient->duration_ms(octet_list({0xf7, 0xc0})), 20u);
}

TEST(Amr, HostileTablesOfContentsAreRefused) {
  std::vector<Sample> out(kMostSamples);
  const auto aligned = make_decoder({.codec = Codec::Amr, .octet_aligned = true});
  const auto efficient = make_decoder({.codec = Codec::Amr});
  EXPECT_FALSE(aligned->decode(octet_list({0xf0}), out));
  EXPECT_FALSE(aligned->decode(octet_list({0xf0, 0xfc}), out));                      // another follows: none
  EXPECT_FALSE(aligned->decode(std::vector<std::byte>(200, std::byte{0xfc}), out));  // no end
  EXPECT_FALSE(aligned->decode(octet_list({0xf0, 0xfc, 0xfc, 0xfc, 0xfc, 0xfc, 0xfc, 0x7c}), out));  // seven
  EXPECT_EQ(aligned->decode(octet_list({0xf0, 0xfc, 0xfc, 0xfc, 0xfc, 0xfc, 0x7c}), out), 0u);       // six
  for (const unsigned type : {9u, 10u, 11u, 12u, 13u, 14u})
    EXPECT_FALSE(aligned->decode(octet_list({0xf0, type << 3 | 4, 0, 0, 0, 0, 0}), out)) << type;
  EXPECT_FALSE(efficient->decode(std::vector<std::byte>(200, std::byte{0xff}), out));
  auto payload = amr_payload({.codec = Codec::Amr}, 60);
  payload.pop_back();
  EXPECT_FALSE(efficient->decode(payload, out));
  payload.resize(payload.size() + 2);
  EXPECT_FALSE(efficient->decode(payload, out));
}

TEST(Amr, ADamagedFrameIsConcealed) {
  const auto decoder = make_decoder({.codec = Codec::Amr, .octet_aligned = true});
  std::vector<Sample> out(kMostSamples);
  auto payload = amr_payload({.codec = Codec::Amr, .octet_aligned = true}, 20);
  payload[1] &= std::byte{0xfb};
  EXPECT_EQ(decoder->decode(payload, out), 160u);
  EXPECT_LT(power(std::span(out).first(160)), 100);  // nothing came before that could be repeated
}

}  // namespace
}  // namespace warp::audio
