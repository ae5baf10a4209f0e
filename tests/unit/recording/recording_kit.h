// What the tests of recordings share: a folder of their own, L16 and µ-law without libraries, RTP, WAV read
// back.
#pragma once

#include <cmath>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <string>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "warp/base/bytes.h"
#include "warp/recording/audio_kit.h"
#include "warp/recording/reader.h"
#include "warp/recording/recorder.h"

#include "session.h"

namespace warp::recording {

using audio::Sample;
using domain::MediaSide;

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "warp-recording-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no folder";
    path = name;
  }
  ~Folder() {
    std::error_code error;
    std::filesystem::remove_all(path, error);
    for (const auto& file : keys)
      std::filesystem::remove(file, error);
  }
  // Beside the folder: what is in it are recordings.
  std::filesystem::path key_file(char fill = 'k') {
    const auto file = path.parent_path() / (path.filename().string() + "." + fill);
    std::ofstream(file) << std::string(32, fill);
    keys.push_back(file);
    return file;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path))
      if (entry.is_regular_file()) out.push_back(entry.path().filename().string());
    std::sort(out.begin(), out.end());
    return out;
  }
  std::filesystem::path path;
  std::vector<std::filesystem::path> keys;
};

// G.711 (PCMU), L16: nothing else is known.
class TestDecoder final : public audio::Decoder {
 public:
  explicit TestDecoder(audio::Codec codec) : codec_(codec) {}
  std::optional<std::size_t> decode(std::span<const std::byte> payload, std::span<Sample> out) override {
    const std::size_t width = codec_ == audio::Codec::L16 ? 2 : 1;
    const auto count = std::min(payload.size() / width, out.size());
    for (std::size_t i = 0; i < count; ++i)
      out[i] = width == 2 ? static_cast<Sample>(std::to_integer<int>(payload[2 * i]) << 8 |
                                                std::to_integer<int>(payload[2 * i + 1]))
                          : expand(std::to_integer<std::uint8_t>(payload[i]));
    return count;
  }
  void conceal(std::span<Sample> samples) override { std::fill(samples.begin(), samples.end(), Sample{0}); }
  unsigned duration_ms(std::span<const std::byte> payload) const override {
    return static_cast<unsigned>(payload.size() / 8);
  }
  static Sample expand(std::uint8_t law) {
    const auto value = static_cast<std::uint8_t>(~law);
    const int magnitude = ((((value & 0xf) << 3) + 0x84) << ((value >> 4) & 7)) - 0x84;
    return static_cast<Sample>((value & 0x80) != 0 ? -magnitude : magnitude);
  }

 private:
  audio::Codec codec_;
};

// Every sample twice: good enough for what is measured.
class Doubler final : public audio::Resampler {
 public:
  std::size_t process(std::span<const Sample> in, std::span<Sample> out) override {
    for (std::size_t i = 0; i < in.size(); ++i)
      out[2 * i] = out[2 * i + 1] = in[i];
    return 2 * in.size();
  }
};

inline AudioKit test_kit() {
  return {[](const audio::Parameters& p) {
            return p.codec == audio::Codec::L16 || p.codec == audio::Codec::G722 ? 16'000u : 8'000u;
          },
          [](const audio::Parameters& p) { return std::make_unique<TestDecoder>(p.codec); },
          [](std::uint32_t, std::uint32_t) { return std::make_unique<Doubler>(); }};
}

inline std::shared_ptr<const domain::MediaTerms> terms_of(std::vector<domain::MediaFormat> formats) {
  auto terms = std::make_shared<domain::MediaTerms>();
  terms->formats = std::move(formats);
  return terms;
}
inline const domain::MediaFormat kL16{domain::AudioCodec::L16, 96, 16'000};
inline const domain::MediaFormat kPcmu{domain::AudioCodec::Pcmu, 0, 8'000};

inline std::vector<std::byte> rtp_packet(std::uint8_t type, std::uint16_t sequence, std::uint32_t timestamp,
                                         std::uint32_t ssrc, std::span<const std::byte> payload) {
  std::vector<std::byte> out(12 + payload.size());
  ByteWriter writer(out);
  writer.u8(0x80);
  writer.u8(type);
  writer.u16(sequence);
  writer.u32(timestamp);
  writer.u32(ssrc);
  writer.bytes(payload);
  return out;
}

inline Sample sine_at(double hertz, std::size_t n, double rate) {
  return static_cast<Sample>(8'000 * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(n) / rate));
}
// 20 ms of L16/16000, the nth packet of a sine.
inline std::vector<std::byte> l16_tone(double hertz, std::size_t nth) {
  std::vector<std::byte> out(640);
  ByteWriter writer(out);
  for (std::size_t i = 0; i < 320; ++i)
    writer.u16(static_cast<std::uint16_t>(sine_at(hertz, nth * 320 + i, 16'000)));
  return out;
}

struct WavFile {
  unsigned channels = 0, rate = 0;
  std::uint32_t said = 0;  // octets of samples, by the head
  std::vector<Sample> samples;
  std::vector<double> channel(unsigned which) const {
    std::vector<double> out;
    for (std::size_t i = which; i < samples.size(); i += channels)
      out.push_back(samples[i]);
    return out;
  }
};

inline std::vector<std::byte> content_of(const std::filesystem::path& file, std::optional<Key> key = {}) {
  std::vector<std::byte> out;
  auto reader = Reader::open(file, key);
  if (!reader) {
    ADD_FAILURE() << file << ": " << to_string(reader.error());
    return out;
  }
  for (;;) {
    const auto piece = (*reader)->next();
    if (!piece) {
      ADD_FAILURE() << file << ": " << to_string(piece.error());
      return out;
    }
    if (piece->empty()) return out;
    out.insert(out.end(), piece->begin(), piece->end());
  }
}

inline std::uint32_t little(std::span<const std::byte> octets, std::size_t at, unsigned count) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < count && at + i < octets.size(); ++i)
    value |= std::to_integer<std::uint32_t>(octets[at + i]) << (8 * i);
  return value;
}

inline WavFile wav_of(const std::vector<std::byte>& octets) {
  WavFile out;
  if (octets.size() < 44) return out;
  out.channels = little(octets, 22, 2);
  out.rate = little(octets, 24, 4);
  out.said = little(octets, 40, 4);
  for (std::size_t i = 44; i + 1 < octets.size(); i += 2)
    out.samples.push_back(static_cast<Sample>(little(octets, i, 2)));
  return out;
}

// How much of `hertz` is in the samples: the amplitude of that sine (Goertzel).
inline double amplitude(std::span<const double> samples, double hertz, double rate) {
  double real = 0, imaginary = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const auto angle = 2 * std::numbers::pi * hertz * static_cast<double>(i) / rate;
    real += samples[i] * std::cos(angle);
    imaginary += samples[i] * std::sin(angle);
  }
  return samples.empty() ? 0 : 2 * std::hypot(real, imaginary) / static_cast<double>(samples.size());
}

inline Request request_of(Form form, std::uint8_t id = 1) {
  Request out;
  out.id.bytes.fill(id);
  out.call.value.bytes.fill(7);
  out.form = form;
  out.at = WallTime(std::chrono::seconds(1'750'000'000));  // 2025-06-15
  out.note = "customer x";
  return out;
}

inline domain::TapOrigin origin_of(MediaSide side, bool v6 = false) {
  domain::TapOrigin origin;
  origin.source = *domain::SocketAddress::parse(v6                     ? "[2001:db8::5]:4000"
                                                : side == MediaSide::A ? "192.0.2.1:4000"
                                                                       : "192.0.2.2:5000");
  origin.local = *domain::SocketAddress::parse(v6 ? "[2001:db8::1]:20000" : "198.51.100.1:20000");
  return origin;
}

}  // namespace warp::recording
