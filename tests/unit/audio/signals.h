// Signals that codecs are measured with, and what is measured of them.
#pragma once

#include <cmath>
#include <numbers>
#include <vector>

#include "warp/audio/codec.h"
#include "warp/audio/tone.h"

namespace warp::audio::signals {

struct Named {
  Parameters parameters;
  std::string name;
};

inline std::vector<Named> all_codecs() {
  return {{{.codec = Codec::Pcmu}, "pcmu"},
          {{.codec = Codec::Pcma}, "pcma"},
          {{.codec = Codec::G722}, "g722"},
          {{.codec = Codec::G729}, "g729"},
          {{.codec = Codec::Opus, .clock_rate = 48000}, "opus"},
          {{.codec = Codec::Opus, .clock_rate = 48000, .in_band_fec = true}, "opus_fec"},
          {{.codec = Codec::Amr}, "amr"},
          {{.codec = Codec::Amr, .octet_aligned = true}, "amr_octet_aligned"},
          {{.codec = Codec::L16, .clock_rate = 8000}, "l16_8000"},
          {{.codec = Codec::L16, .clock_rate = 16000}, "l16_16000"}};
}

// Uniform, white, the same every time.
class Noise {
 public:
  explicit Noise(std::uint32_t seed) : state_(seed) {}
  double next() {
    state_ = state_ * 1664525u + 1013904223u;
    return static_cast<double>(state_ >> 8) / (1 << 24) * 2 - 1;
  }

 private:
  std::uint32_t state_;
};

// Vowel-like: 120 Hz with its overtones under three formants, swelling four times a second, with some breath.
inline std::vector<Sample> voice(std::uint32_t milliseconds, std::uint32_t rate) {
  std::vector<Sample> out(std::size_t{milliseconds} * rate / 1000);
  Noise breath(7);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto t = static_cast<double>(i) / rate;
    double value = 0;
    for (int k = 1; k <= 28; ++k) {
      const auto hertz = 120.0 * k;
      double weight = 0;
      for (const auto formant : {500.0, 1500.0, 2500.0})
        weight += 500 / formant * std::exp(-std::pow((hertz - formant) / 200, 2));
      value += weight * std::sin(2 * std::numbers::pi * hertz * t + k * k);
    }
    const auto swell = 0.55 - 0.45 * std::cos(2 * std::numbers::pi * 4 * t);
    out[i] = static_cast<Sample>(2500 * swell * (value + 0.05 * breath.next()));
  }
  return out;
}

inline double power(std::span<const Sample> samples) {
  double sum = 0;
  for (const auto sample : samples)
    sum += static_cast<double>(sample) * sample;
  return samples.empty() ? 0 : sum / static_cast<double>(samples.size());
}

inline double decibel(double ratio) {
  return 10 * std::log10(ratio + 1e-12);
}

// The power of what of `samples` is at `hertz`.
inline double power_at(std::span<const Sample> samples, double hertz, std::uint32_t rate) {
  double real = 0, imaginary = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto angle = 2 * std::numbers::pi * hertz * static_cast<double>(i) / rate;
    real += samples[i] * std::cos(angle);
    imaginary += samples[i] * std::sin(angle);
  }
  const auto count = static_cast<double>(samples.size());
  return 2 * (real * real + imaginary * imaginary) / (count * count);
}

// Signal to noise of `out` against `in` in dB, at the delay and the gain where they are most alike.
inline double signal_to_noise(std::span<const Sample> in, std::span<const Sample> out,
                              std::size_t most_delay) {
  double best = -100;
  const auto length = std::min(in.size(), out.size()) - most_delay;
  const auto reference = power(in.first(length)) * static_cast<double>(length);
  for (std::size_t delay = 0; delay <= most_delay; ++delay) {
    double product = 0, energy = 0;
    for (std::size_t i = 0; i < length; ++i) {
      product += static_cast<double>(in[i]) * out[i + delay];
      energy += static_cast<double>(out[i + delay]) * out[i + delay];
    }
    if (energy == 0) continue;
    const auto noise = reference - product * product / energy;
    best = std::max(best, decibel(reference / std::max(noise, 1e-9)));
  }
  return best;
}

// Encoded and decoded packet by packet.
inline std::vector<Sample> through(const Parameters& parameters, std::span<const Sample> in,
                                   unsigned ms = 20) {
  const auto encoder = make_encoder(parameters);
  const auto decoder = make_decoder(parameters);
  const auto block = std::size_t{sample_rate(parameters)} * ms / 1000;
  std::vector<std::byte> payload(kMostOctets);
  std::vector<Sample> samples(kMostSamples), out;
  for (; in.size() >= block; in = in.subspan(block)) {
    const auto octets = encoder->encode(in.first(block), payload);
    const auto made = decoder->decode(std::span(payload).first(octets), samples);
    if (octets == 0 || made != block) return {};
    out.insert(out.end(), samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(*made));
  }
  return out;
}

}  // namespace warp::audio::signals
