#include <algorithm>

#include "warp/audio/g711.h"

#include "codecs.h"
#include "repetition.h"

namespace warp::audio {
namespace {

constexpr std::size_t kG711PerMs = 8;

template <Law kLaw>
class G711Encoder final : public Encoder {
 public:
  std::size_t encode(std::span<const Sample> samples, std::span<std::byte> out) override {
    if (samples.size() > out.size() || samples.size() > kG711PerMs * kLongestMs) return 0;
    auto* to = octets(out);
    for (std::size_t i = 0; i < samples.size(); ++i)
      to[i] = kLaw == Law::Mu ? to_mu(samples[i]) : to_a(samples[i]);
    return samples.size();
  }
};

template <Law kLaw>
class G711Decoder final : public Decoder {
 public:
  std::optional<std::size_t> decode(std::span<const std::byte> payload, std::span<Sample> out) override {
    const auto size = payload.size();
    if (size == 0 || size > out.size() || size > kG711PerMs * kLongestMs) return std::nullopt;
    const auto* from = octets(payload);
    for (std::size_t i = 0; i < size; ++i)
      out[i] = kLaw == Law::Mu ? from_mu(from[i]) : from_a(from[i]);
    repetition_.heard(out.first(size));
    return size;
  }
  void conceal(std::span<Sample> samples) override { repetition_.conceal(samples); }
  unsigned duration_ms(std::span<const std::byte> payload) const override {
    return static_cast<unsigned>(payload.size() / kG711PerMs);
  }

 private:
  Repetition repetition_{8000};
};

class L16Encoder final : public Encoder {
 public:
  std::size_t encode(std::span<const Sample> samples, std::span<std::byte> out) override {
    if (2 * samples.size() > out.size()) return 0;
    auto* to = octets(out);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const auto value = static_cast<std::uint16_t>(samples[i]);
      to[2 * i] = static_cast<std::uint8_t>(value >> 8);
      to[2 * i + 1] = static_cast<std::uint8_t>(value);
    }
    return 2 * samples.size();
  }
};

class L16Decoder final : public Decoder {
 public:
  explicit L16Decoder(std::uint32_t rate) : per_ms_(rate / 1000), repetition_(rate) {}
  std::optional<std::size_t> decode(std::span<const std::byte> payload, std::span<Sample> out) override {
    const auto size = payload.size() / 2;
    if (size == 0 || payload.size() % 2 != 0 || size > out.size() || size > per_ms_ * kLongestMs)
      return std::nullopt;
    const auto* from = octets(payload);
    for (std::size_t i = 0; i < size; ++i)
      out[i] = static_cast<Sample>(from[2 * i] << 8 | from[2 * i + 1]);
    repetition_.heard(out.first(size));
    return size;
  }
  void conceal(std::span<Sample> samples) override { repetition_.conceal(samples); }
  unsigned duration_ms(std::span<const std::byte> payload) const override {
    return static_cast<unsigned>(payload.size() / 2 / per_ms_);
  }

 private:
  std::size_t per_ms_;
  Repetition repetition_;
};

}  // namespace

std::unique_ptr<Encoder> make_pcm_encoder(const Parameters& parameters) {
  if (parameters.codec == Codec::Pcmu) return std::make_unique<G711Encoder<Law::Mu>>();
  if (parameters.codec == Codec::Pcma) return std::make_unique<G711Encoder<Law::A>>();
  return std::make_unique<L16Encoder>();
}

std::unique_ptr<Decoder> make_pcm_decoder(const Parameters& parameters) {
  if (parameters.codec == Codec::Pcmu) return std::make_unique<G711Decoder<Law::Mu>>();
  if (parameters.codec == Codec::Pcma) return std::make_unique<G711Decoder<Law::A>>();
  return std::make_unique<L16Decoder>(parameters.clock_rate);
}

}  // namespace warp::audio
