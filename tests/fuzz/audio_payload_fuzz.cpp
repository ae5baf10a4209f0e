// Payloads of every codec: the first octet chooses the decoder; of each packet the first octet is its length.
// Nothing is written outside of what a decoder says, and it says no more than there is room for.
#include <vector>

#include "warp/audio/codec.h"

#include "check.h"

namespace {

using namespace warp::audio;

constexpr Parameters kFuzzed[] = {
    {.codec = Codec::Pcmu},
    {.codec = Codec::Pcma},
    {.codec = Codec::G722},
    {.codec = Codec::G729, .annex_b = true},
    {.codec = Codec::Opus, .clock_rate = 48000},
    {.codec = Codec::Amr},
    {.codec = Codec::Amr, .octet_aligned = true},
    {.codec = Codec::L16, .clock_rate = 16000},
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto decoder = make_decoder(kFuzzed[data[0] % std::size(kFuzzed)]);
  auto rest = std::as_bytes(std::span(data, size)).subspan(1);
  std::vector<Sample> out(kMostSamples);
  while (!rest.empty()) {
    // The first octet of a packet is its length; the last one takes what is left.
    const auto wanted = static_cast<std::size_t>(rest[0]);
    rest = rest.subspan(1);
    const auto packet = rest.first(wanted == 0 || wanted > rest.size() ? rest.size() : wanted);
    rest = rest.subspan(packet.size());
    const auto lasts = decoder->duration_ms(packet);
    if (wanted % 5 == 0) decoder->recover(std::span(out).first(960), packet);
    const auto made = decoder->decode(packet, out);
    FUZZ_CHECK(made.value_or(0) <= out.size());
    FUZZ_CHECK(!made || *made == 0 || lasts <= kLongestMs);
    if (!made) decoder->conceal(std::span(out).first(160));
  }
  return 0;
}
