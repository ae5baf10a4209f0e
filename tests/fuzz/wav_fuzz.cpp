// WAV files: what is read is written, and read again to the same.
#include <bit>

#include "warp/audio/wav.h"

#include "check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace warp;
  const auto wav = audio::read_wav(std::as_bytes(std::span(data, size)), std::size_t{1} << 20);
  if (!wav) return 0;
  FUZZ_CHECK(wav->samples.size() % wav->channels == 0);
  FUZZ_CHECK(audio::mono(*wav).size() == wav->samples.size() / wav->channels);
  const auto header =
      audio::wav_header(wav->sample_rate, wav->channels, static_cast<std::uint32_t>(2 * wav->samples.size()));
  std::vector<std::byte> file(header.begin(), header.end());
  const auto samples = std::as_bytes(std::span(wav->samples));
  static_assert(std::endian::native == std::endian::little);
  file.insert(file.end(), samples.begin(), samples.end());
  const auto again = audio::read_wav(file);
  FUZZ_CHECK(again && again->samples == wav->samples && again->channels == wav->channels &&
             again->sample_rate == wav->sample_rate);
  return 0;
}
