// Something like a voice, one second of it, coded in packets of 20 ms.
#pragma once

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "warp/audio/codec.h"

#include "loop.h"

namespace warp::bench {

inline constexpr unsigned kFrameMs = 20, kFrames = 50;

// "PCMU:0", "opus:96": rtpmap name and payload type.
struct Format {
  audio::Parameters parameters;
  std::uint8_t type = 0;
  std::string name;
};

inline Format format_named(const std::string& text) {
  const auto colon = text.find(':');
  Format format;
  format.name = text.substr(0, colon);
  const auto codec = audio::parse_codec(format.name);
  if (!codec || colon == std::string::npos) fail(("format " + text).c_str());
  format.parameters.codec = *codec;
  if (*codec == audio::Codec::Opus) format.parameters.clock_rate = 48000;
  format.type = static_cast<std::uint8_t>(std::stoul(text.substr(colon + 1)));
  return format;
}

// Harmonics of a pitch that wanders, in syllables, with breath.
inline std::vector<audio::Sample> voice_samples(std::uint32_t rate) {
  constexpr double kTurn = 6.283185307179586;
  std::vector<audio::Sample> samples(rate);
  std::uint32_t noise = 1;
  double phase = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / rate;
    phase += kTurn * (130 + 25 * std::sin(kTurn * 1.7 * t)) / rate;
    noise = noise * 1664525u + 1013904223u;
    double value = 0.05 * (static_cast<double>(noise >> 16) / 32768 - 1);
    for (int k = 1; k <= 12; ++k)
      value += std::sin(k * phase) / (k + 1) * (1 + std::sin(kTurn * 3 * t + k));
    const double loud = 0.15 + 0.85 * std::pow(std::sin(kTurn * 2 * t), 2);
    samples[i] = static_cast<audio::Sample>(4000 * loud * value);
  }
  return samples;
}

inline std::vector<std::vector<std::byte>> coded_voice(const audio::Parameters& parameters) {
  const auto rate = audio::sample_rate(parameters);
  const auto samples = voice_samples(rate);
  const auto encoder = audio::make_encoder(parameters);
  if (encoder == nullptr) fail("encoder");
  const std::size_t block = rate / 1000 * kFrameMs;
  std::vector<std::vector<std::byte>> packets;
  for (std::size_t i = 0; i < kFrames; ++i) {
    std::vector<std::byte> payload(audio::kMostOctets);
    payload.resize(encoder->encode(std::span(samples).subspan(i * block, block), payload));
    packets.push_back(std::move(payload));
  }
  return packets;
}

}  // namespace warp::bench
