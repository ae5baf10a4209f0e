#include <algorithm>
#include <array>

extern "C" {
#include <bcg729/decoder.h>
#include <bcg729/encoder.h>
}

#include "codecs.h"

namespace warp::audio {
namespace {

constexpr std::size_t kG729Samples = 80, kG729Octets = 10, kG729Silence = 2;  // of 10 ms (RFC 3551 §4.5.6)
constexpr unsigned kG729Ms = 10;

class G729Encoder final : public Encoder {
 public:
  using State = std::unique_ptr<bcg729EncoderChannelContextStruct, Closer<&closeBcg729EncoderChannel>>;
  explicit G729Encoder(State state) : state_(std::move(state)) {}
  std::size_t encode(std::span<const Sample> samples, std::span<std::byte> out) override {
    const auto frames = samples.size() / kG729Samples;
    if (frames == 0 || samples.size() % kG729Samples != 0 || frames * kG729Octets > out.size() ||
        frames * kG729Ms > kLongestMs)
      return 0;
    for (std::size_t frame = 0; frame < frames; ++frame) {
      std::uint8_t size = 0;
      bcg729Encoder(state_.get(), samples.data() + frame * kG729Samples, octets(out) + frame * kG729Octets,
                    &size);
      if (size != kG729Octets) return 0;
    }
    return frames * kG729Octets;
  }

 private:
  State state_;
};

class G729Decoder final : public Decoder {
 public:
  using State = std::unique_ptr<bcg729DecoderChannelContextStruct, Closer<&closeBcg729DecoderChannel>>;
  explicit G729Decoder(State state) : state_(std::move(state)) {}

  std::optional<std::size_t> decode(std::span<const std::byte> payload, std::span<Sample> out) override {
    const auto lasts = duration_ms(payload);
    const auto samples = lasts / kG729Ms * kG729Samples;
    if (samples == 0 || lasts > kLongestMs || samples > out.size()) return std::nullopt;
    for (auto* to = out.data(); !payload.empty(); to += kG729Samples) {
      const auto size = std::min(payload.size(), kG729Octets);
      bcg729Decoder(state_.get(), octets(payload), static_cast<std::uint8_t>(size), 0,
                    size == kG729Silence ? 1 : 0, 0, to);
      payload = payload.subspan(size);
    }
    return samples;
  }
  // Speech fades as Annex I asks; behind a silence descriptor its noise goes on (Annex B §4.4).
  void conceal(std::span<Sample> samples) override {
    std::array<Sample, kG729Samples> frame{};
    while (!samples.empty()) {
      bcg729Decoder(state_.get(), nullptr, 0, 1, 0, 0, frame.data());
      const auto wanted = std::min(samples.size(), frame.size());
      std::copy_n(frame.begin(), wanted, samples.begin());
      samples = samples.subspan(wanted);
    }
  }
  unsigned duration_ms(std::span<const std::byte> payload) const override {
    const auto rest = payload.size() % kG729Octets;
    if (rest != 0 && rest != kG729Silence) return 0;
    return static_cast<unsigned>(payload.size() / kG729Octets + (rest != 0 ? 1 : 0)) * kG729Ms;
  }

 private:
  State state_;
};

}  // namespace

// Annex B lets us send silence descriptors; every frame of ours is speech, which any peer takes.
std::unique_ptr<Encoder> make_g729_encoder() {
  G729Encoder::State state(initBcg729EncoderChannel(0));
  if (!state) return nullptr;
  return std::make_unique<G729Encoder>(std::move(state));
}

std::unique_ptr<Decoder> make_g729_decoder() {
  G729Decoder::State state(initBcg729DecoderChannel());
  if (!state) return nullptr;
  return std::make_unique<G729Decoder>(std::move(state));
}

}  // namespace warp::audio
