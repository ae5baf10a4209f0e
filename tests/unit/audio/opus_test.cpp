#include <opus.h>

#include <gtest/gtest.h>

#include "signals.h"

namespace warp::audio {
namespace {

using namespace signals;

constexpr std::size_t kOpusBlock = 960;

std::vector<std::vector<std::byte>> opus_packets(std::span<const Sample> in, bool fec) {
  const auto encoder = make_encoder({.codec = Codec::Opus, .clock_rate = 48000, .in_band_fec = fec});
  std::vector<std::vector<std::byte>> packets;
  for (std::size_t at = 0; at + kOpusBlock <= in.size(); at += kOpusBlock) {
    std::vector<std::byte> payload(kMostOctets);
    payload.resize(encoder->encode(in.subspan(at, kOpusBlock), payload));
    packets.push_back(std::move(payload));
  }
  return packets;
}

TEST(Opus, SpeechTakesTheRateThatIsAskedFor) {
  std::size_t octets = 0;
  const auto packets = opus_packets(voice(4000, 48000), false);
  for (const auto& packet : packets)
    octets += packet.size();
  const auto bits_a_second = static_cast<double>(octets) * 8 / 4;
  EXPECT_GT(bits_a_second, 8000);
  EXPECT_LT(bits_a_second, 36000);
}

// Decodes all but every fifth packet, with or without what the next one repeats, and measures the losses.
double ratio_of_losses(bool recover) {
  const auto in = voice(4000, 48000);
  const auto packets = opus_packets(in, true);
  const auto whole = make_decoder({.codec = Codec::Opus, .clock_rate = 48000});
  const auto broken = make_decoder({.codec = Codec::Opus, .clock_rate = 48000});
  std::vector<Sample> expected(kMostSamples), heard(kMostSamples);
  double signal = 0, noise = 0;
  for (std::size_t index = 0; index + 1 < packets.size(); ++index) {
    EXPECT_EQ(whole->decode(packets[index], expected), kOpusBlock);
    const auto part = std::span(heard).first(kOpusBlock);
    if (index % 5 != 4) {
      EXPECT_EQ(broken->decode(packets[index], heard), kOpusBlock);
      continue;
    }
    if (recover)
      broken->recover(part, packets[index + 1]);
    else
      broken->conceal(part);
    for (std::size_t i = 0; i < kOpusBlock; ++i) {
      signal += static_cast<double>(expected[i]) * expected[i];
      noise += std::pow(expected[i] - part[i], 2);
    }
  }
  return decibel(signal / noise);
}

TEST(Opus, TheNextPacketRepeatsTheLostOne) {
  EXPECT_GT(ratio_of_losses(true), ratio_of_losses(false) + 2);
}

TEST(Opus, DecodesPacketsOfOtherLengthsAndTwoChannels) {
  int error = 0;
  auto* state = opus_encoder_create(48000, 2, OPUS_APPLICATION_AUDIO, &error);
  ASSERT_NE(state, nullptr);
  const auto decoder = make_decoder({.codec = Codec::Opus, .clock_rate = 48000});
  std::vector<Sample> in(2 * kMostSamples), out(kMostSamples);
  std::vector<std::uint8_t> packet(4000);
  for (const int samples : {120, 240, 480, 960, 1920, 2880, 3840, 4800, 5760}) {
    const auto octets = opus_encode(state, in.data(), samples, packet.data(), 4000);
    ASSERT_GT(octets, 0);
    const auto payload = std::as_bytes(std::span(packet)).first(static_cast<std::size_t>(octets));
    EXPECT_EQ(decoder->decode(payload, out), static_cast<std::size_t>(samples));
    EXPECT_EQ(decoder->duration_ms(payload), static_cast<unsigned>(samples) / 48);
  }
  opus_encoder_destroy(state);
}

TEST(Opus, RefusesWhatIsLongerThanAPacketMayBe) {
  const auto decoder = make_decoder({.codec = Codec::Opus, .clock_rate = 48000});
  std::vector<Sample> out(kMostSamples);
  // Code 3 with 63 frames of 20 ms, and code 1 whose two halves are not alike (RFC 6716 §3.2).
  EXPECT_FALSE(decoder->decode(std::vector{std::byte{0xfb}, std::byte{0x3f}, std::byte{0}}, out));
  EXPECT_FALSE(decoder->decode(std::vector{std::byte{0xf9}, std::byte{0}, std::byte{0}, std::byte{0}}, out));
}

}  // namespace
}  // namespace warp::audio
