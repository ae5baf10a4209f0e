#include <algorithm>
#include <array>
#include <limits>
#include <opus.h>

#include "codecs.h"

namespace warp::audio {
namespace {

constexpr std::size_t kOpusPerMs = 48;
constexpr std::size_t kOpusFrame = 20 * kOpusPerMs;
constexpr std::size_t kOpusStep = 120;  // 2.5 ms: what it conceals is a multiple of it
constexpr opus_int32 kOpusBitRate = 24000;
constexpr opus_int32 kOpusFecBitRate = 32000;  // room for the copy of the packet before
constexpr std::size_t kOpusLeastRoom = 150;    // of 20 ms: with less it would sound worse and not say so
constexpr opus_int32 kOpusComplexity = 5;
constexpr opus_int32 kOpusLossPercent = 10;  // what the FEC is made for

class OpusVoiceEncoder final : public Encoder {
 public:
  using State = std::unique_ptr<OpusEncoder, Closer<&opus_encoder_destroy>>;
  explicit OpusVoiceEncoder(State state) : state_(std::move(state)) {}
  std::size_t encode(std::span<const Sample> samples, std::span<std::byte> out) override {
    if (samples.empty() || samples.size() % kOpusFrame != 0 || samples.size() > kMostSamples) return 0;
    if (out.size() < samples.size() / kOpusFrame * kOpusLeastRoom) return 0;
    const auto room = std::min(out.size(), kMostOctets);
    const auto made = opus_encode(state_.get(), samples.data(), static_cast<int>(samples.size()), octets(out),
                                  static_cast<opus_int32>(room));
    return made < 0 ? 0 : static_cast<std::size_t>(made);
  }

 private:
  State state_;
};

class OpusVoiceDecoder final : public Decoder {
 public:
  using State = std::unique_ptr<OpusDecoder, Closer<&opus_decoder_destroy>>;
  explicit OpusVoiceDecoder(State state) : state_(std::move(state)) {}

  std::optional<std::size_t> decode(std::span<const std::byte> payload, std::span<Sample> out) override {
    const auto samples = samples_of(payload);
    if (samples == 0 || samples > out.size()) return std::nullopt;
    const auto made = opus_decode(state_.get(), octets(payload), static_cast<opus_int32>(payload.size()),
                                  out.data(), static_cast<int>(std::min(out.size(), kMostSamples)), 0);
    if (made <= 0) return std::nullopt;
    return static_cast<std::size_t>(made);
  }
  void conceal(std::span<Sample> samples) override { fill(samples, {}); }
  void recover(std::span<Sample> samples, std::span<const std::byte> next) override {
    fill(samples, samples_of(next) == 0 ? std::span<const std::byte>{} : next);
  }
  unsigned duration_ms(std::span<const std::byte> payload) const override {
    return static_cast<unsigned>(samples_of(payload) / kOpusPerMs);
  }

 private:
  // 0: not a packet.
  std::size_t samples_of(std::span<const std::byte> payload) const {
    if (payload.empty() || payload.size() > kMostOctets) return 0;
    const auto samples =
        opus_decoder_get_nb_samples(state_.get(), octets(payload), static_cast<opus_int32>(payload.size()));
    return samples <= 0 || static_cast<std::size_t>(samples) > kMostSamples
               ? 0
               : static_cast<std::size_t>(samples);
  }

  // Without `next`: its concealment. With it: the copy that `next` carries, and concealment before it.
  void fill(std::span<Sample> samples, std::span<const std::byte> next) {
    const auto whole = std::min(samples.size() / kOpusStep * kOpusStep, kMostSamples);
    auto made =
        opus_decode(state_.get(), next.empty() ? nullptr : octets(next), static_cast<opus_int32>(next.size()),
                    samples.data(), static_cast<int>(whole), next.empty() ? 0 : 1);
    auto done = made < 0 || whole == 0 ? std::size_t{0} : static_cast<std::size_t>(made);
    while (done < samples.size()) {
      std::array<Sample, kOpusStep> step{};
      made = opus_decode(state_.get(), nullptr, 0, step.data(), static_cast<int>(step.size()), 0);
      if (made < 0) step.fill(0);
      const auto wanted = std::min(samples.size() - done, step.size());
      std::copy_n(step.begin(), wanted, samples.begin() + static_cast<std::ptrdiff_t>(done));
      done += wanted;
    }
  }

  State state_;
};

bool configured(OpusEncoder* state, bool fec) {
  const auto rate = fec ? kOpusFecBitRate : kOpusBitRate;
  return opus_encoder_ctl(state, OPUS_SET_BITRATE(rate)) == OPUS_OK &&
         opus_encoder_ctl(state, OPUS_SET_COMPLEXITY(kOpusComplexity)) == OPUS_OK &&
         opus_encoder_ctl(state, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE)) == OPUS_OK &&
         opus_encoder_ctl(state, OPUS_SET_INBAND_FEC(fec ? 1 : 0)) == OPUS_OK &&
         opus_encoder_ctl(state, OPUS_SET_PACKET_LOSS_PERC(fec ? kOpusLossPercent : 0)) == OPUS_OK;
}

}  // namespace

std::unique_ptr<Encoder> make_opus_encoder(const Parameters& parameters) {
  int error = OPUS_OK;
  OpusVoiceEncoder::State state(opus_encoder_create(48000, 1, OPUS_APPLICATION_VOIP, &error));
  if (!state || error != OPUS_OK || !configured(state.get(), parameters.in_band_fec)) return nullptr;
  return std::make_unique<OpusVoiceEncoder>(std::move(state));
}

std::unique_ptr<Decoder> make_opus_decoder() {
  int error = OPUS_OK;
  OpusVoiceDecoder::State state(opus_decoder_create(48000, 1, &error));
  if (!state || error != OPUS_OK) return nullptr;
  return std::make_unique<OpusVoiceDecoder>(std::move(state));
}

}  // namespace warp::audio
