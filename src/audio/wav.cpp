#include "warp/audio/wav.h"

#include <algorithm>
#include <limits>

#include "warp/audio/g711.h"
#include "warp/base/bytes.h"

namespace warp::audio {
namespace {

constexpr std::uint16_t kWavPcm = 1, kWavALaw = 6, kWavMuLaw = 7, kWavExtensible = 0xfffe;
constexpr std::size_t kWavFormatOctets = 16, kWavSubformatAt = 24;

// RIFF is little-endian; readers and writers of ours are not.
std::uint16_t wav_u16(std::span<const std::byte> at) {
  return static_cast<std::uint16_t>(static_cast<unsigned>(at[0]) | static_cast<unsigned>(at[1]) << 8);
}
std::uint32_t wav_u32(std::span<const std::byte> at) {
  return wav_u16(at) | static_cast<std::uint32_t>(wav_u16(at.subspan(2))) << 16;
}
bool wav_named(std::span<const std::byte> at, std::string_view name) {
  return std::ranges::equal(at.first(name.size()), as_bytes(name));
}

struct WavChunks {
  std::span<const std::byte> format, data;
};

Result<WavChunks, WavError> find_chunks(std::span<const std::byte> file) {
  if (file.size() < 12 || !wav_named(file, "RIFF") || !wav_named(file.subspan(8), "WAVE"))
    return WavError::NotWav;
  WavChunks found;
  auto rest = file.subspan(12);
  while (found.data.data() == nullptr || found.format.data() == nullptr) {
    if (rest.size() < 8) return WavError::Truncated;
    const std::size_t size = wav_u32(rest.subspan(4));
    const auto body = rest.subspan(8);
    if (size > body.size()) return WavError::Truncated;
    if (wav_named(rest, "fmt ")) found.format = body.first(size);
    if (wav_named(rest, "data")) found.data = body.first(size);
    rest = body.subspan(std::min(size + size % 2, body.size()));
  }
  return found;
}

struct WavFormat {
  std::uint16_t form = 0, channels = 0, bits = 0;
  std::uint32_t sample_rate = 0;
};

Result<WavFormat, WavError> read_format(std::span<const std::byte> chunk) {
  if (chunk.size() < kWavFormatOctets) return WavError::Format;
  WavFormat format{.form = wav_u16(chunk),
                   .channels = wav_u16(chunk.subspan(2)),
                   .bits = wav_u16(chunk.subspan(14)),
                   .sample_rate = wav_u32(chunk.subspan(4))};
  if (format.form == kWavExtensible) {
    if (chunk.size() < kWavSubformatAt + 2) return WavError::Format;
    format.form = wav_u16(chunk.subspan(kWavSubformatAt));
  }
  const bool law = format.form == kWavALaw || format.form == kWavMuLaw;
  const bool known =
      law ? format.bits == 8 : format.form == kWavPcm && (format.bits == 8 || format.bits == 16);
  if (!known || format.channels == 0 || format.sample_rate == 0) return WavError::Format;
  return format;
}

Sample wav_sample(const WavFormat& format, std::span<const std::byte> at) {
  if (format.bits == 16) return static_cast<Sample>(wav_u16(at));
  const auto octet = static_cast<std::uint8_t>(at[0]);
  if (format.form == kWavALaw) return from_a(octet);
  if (format.form == kWavMuLaw) return from_mu(octet);
  return static_cast<Sample>((octet - 128) * 256);
}

class WavHeaderWriter {
 public:
  explicit WavHeaderWriter(std::span<std::byte> out) : out_(out) {}
  void name(std::string_view text) {
    for (const char c : text)
      out_[at_++] = static_cast<std::byte>(c);
  }
  void number(std::uint32_t value, unsigned octets) {
    for (unsigned i = 0; i < octets; ++i)
      out_[at_++] = static_cast<std::byte>(value >> (8 * i));
  }

 private:
  std::span<std::byte> out_;
  std::size_t at_ = 0;
};

}  // namespace

std::string_view to_string(WavError error) {
  switch (error) {
    case WavError::NotWav:
      return "not a WAV file";
    case WavError::Truncated:
      return "the file ends before its data";
    case WavError::Format:
      return "neither PCM of 8 or 16 bit nor A-law nor mu-law";
    case WavError::TooLong:
      return "too long";
  }
  return "unknown";
}

Result<Wav, WavError> read_wav(std::span<const std::byte> file, std::size_t most) {
  const auto chunks = find_chunks(file);
  if (!chunks) return chunks.error();
  const auto format = read_format(chunks->format);
  if (!format) return format.error();
  const std::size_t octets = format->bits / 8;
  const auto count = chunks->data.size() / (octets * format->channels) * format->channels;
  if (count > most / sizeof(Sample)) return WavError::TooLong;
  Wav wav{.sample_rate = format->sample_rate, .channels = format->channels, .samples = {}};
  wav.samples.resize(count);
  for (std::size_t i = 0; i < count; ++i)
    wav.samples[i] = wav_sample(*format, chunks->data.subspan(i * octets));
  return wav;
}

std::vector<Sample> mono(const Wav& wav) {
  if (wav.channels <= 1) return wav.samples;
  std::vector<Sample> out(wav.samples.size() / wav.channels);
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::int64_t sum = 0;
    for (std::size_t channel = 0; channel < wav.channels; ++channel)
      sum += wav.samples[i * wav.channels + channel];
    out[i] = static_cast<Sample>(sum / wav.channels);
  }
  return out;
}

std::array<std::byte, kWavHeader> wav_header(std::uint32_t sample_rate, std::uint16_t channels,
                                             std::uint32_t data_octets) {
  constexpr std::uint32_t kBehindRiff = kWavHeader - 8;
  std::array<std::byte, kWavHeader> header{};
  const auto data = std::min(data_octets, std::numeric_limits<std::uint32_t>::max() - kBehindRiff);
  const auto frame = static_cast<std::uint32_t>(channels) * sizeof(Sample);
  WavHeaderWriter writer(header);
  writer.name("RIFF");
  writer.number(data + kBehindRiff, 4);
  writer.name("WAVEfmt ");
  writer.number(kWavFormatOctets, 4);
  writer.number(kWavPcm, 2);
  writer.number(channels, 2);
  writer.number(sample_rate, 4);
  writer.number(sample_rate * static_cast<std::uint32_t>(frame), 4);
  writer.number(static_cast<std::uint32_t>(frame), 2);
  writer.number(8 * sizeof(Sample), 2);
  writer.name("data");
  writer.number(data, 4);
  return header;
}

}  // namespace warp::audio
