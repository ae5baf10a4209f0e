// WAV files: read whole (clips), written as they grow (recordings).
//
// A writer's file is valid after every flush(): the header says what is there, so a killed process leaves a
// file that plays up to its last flush. Here is the format alone; who writes holds the file.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "warp/audio/codec.h"
#include "warp/base/result.h"

namespace warp::audio {

enum class WavError : std::uint8_t { NotWav, Truncated, Format, TooLong };
std::string_view to_string(WavError error);

struct Wav {
  std::uint32_t sample_rate = 8000;
  std::uint16_t channels = 1;
  std::vector<Sample> samples;  // interleaved
};

// PCM of 8 or 16 bit, A-law and µ-law, any number of channels. `most` octets of samples.
Result<Wav, WavError> read_wav(std::span<const std::byte> file, std::size_t most = std::size_t{64} << 20);
std::vector<Sample> mono(const Wav& wav);

inline constexpr std::size_t kWavHeader = 44;
// The header of 16-bit PCM with `data_octets` behind it (4 GiB at most).
std::array<std::byte, kWavHeader> wav_header(std::uint32_t sample_rate, std::uint16_t channels,
                                             std::uint32_t data_octets);

}  // namespace warp::audio
