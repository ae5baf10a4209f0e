#include <algorithm>
#include <array>
#include <opencore-amrnb/interf_dec.h>
#include <opencore-amrnb/interf_enc.h>

#include "amr_payload.h"
#include "codecs.h"

namespace warp::audio {
namespace {

constexpr std::size_t kAmrSamples = 8 * kAmrFrameMs;
constexpr std::uint16_t kAmrAllModes = 0xff;

class AmrEncoder final : public Encoder {
 public:
  using State = std::unique_ptr<void, Closer<&Encoder_Interface_exit>>;
  AmrEncoder(State state, const Parameters& parameters)
      : state_(std::move(state)), octet_aligned_(parameters.octet_aligned) {
    const auto modes = static_cast<std::uint16_t>(parameters.mode_set & kAmrAllModes);
    modes_ = modes == 0 ? kAmrAllModes : modes;
    request_mode(kAmrModes - 1);
  }

  void request_mode(std::uint8_t mode) override {
    if (mode >= kAmrModes) return;
    mode_ = 0;
    while ((modes_ >> mode_ & 1) == 0)
      ++mode_;
    for (auto allowed = mode_; allowed <= mode; ++allowed)
      if ((modes_ >> allowed & 1) != 0) mode_ = allowed;
  }

  std::size_t encode(std::span<const Sample> samples, std::span<std::byte> out) override {
    payload_.count = samples.size() / kAmrSamples;
    if (samples.size() % kAmrSamples != 0 || payload_.count > kAmrMostFrames) return 0;
    for (std::size_t index = 0; index < payload_.count; ++index) {
      auto& frame = payload_.frames[index];
      // The library filters its input where it lies, whatever its header says.
      std::copy_n(samples.data() + index * kAmrSamples, kAmrSamples, block_.begin());
      const auto made = Encoder_Interface_Encode(state_.get(), static_cast<Mode>(mode_), block_.data(),
                                                 frame.octets.data(), 0);
      if (made <= 0) return 0;
      frame.type = frame.octets[0] >> 3 & 0x0f;
      frame.good = true;
    }
    return write_amr(payload_, octet_aligned_, out);
  }

 private:
  State state_;
  bool octet_aligned_;
  std::uint16_t modes_ = kAmrAllModes;
  std::uint8_t mode_ = kAmrModes - 1;
  std::array<Sample, kAmrSamples> block_{};
  AmrPayload payload_;
};

class AmrDecoder final : public Decoder {
 public:
  using State = std::unique_ptr<void, Closer<&Decoder_Interface_exit>>;
  AmrDecoder(State state, bool octet_aligned) : state_(std::move(state)), octet_aligned_(octet_aligned) {}

  std::optional<std::size_t> decode(std::span<const std::byte> payload, std::span<Sample> out) override {
    if (!parse_amr(payload, octet_aligned_, payload_)) return std::nullopt;
    const auto samples = payload_.count * kAmrSamples;
    if (samples > out.size()) return std::nullopt;
    if (payload_.request < kAmrModes) requested_ = payload_.request;
    const auto frames = std::span(payload_.frames).first(payload_.count);
    if (std::ranges::all_of(frames, [](const AmrFrame& frame) { return frame.type == kAmrNoData; })) return 0;
    for (auto* to = out.data(); const auto& frame : frames) {
      one(frame, to);
      to += kAmrSamples;
    }
    return samples;
  }
  void conceal(std::span<Sample> samples) override {
    std::array<Sample, kAmrSamples> block{};
    while (!samples.empty()) {
      one({}, block.data());
      const auto wanted = std::min(samples.size(), block.size());
      std::copy_n(block.begin(), wanted, samples.begin());
      samples = samples.subspan(wanted);
    }
  }
  unsigned duration_ms(std::span<const std::byte> payload) const override {
    return static_cast<unsigned>(amr_frame_count(payload, octet_aligned_)) * kAmrFrameMs;
  }
  std::optional<std::uint8_t> requested_mode() const override { return requested_; }

 private:
  // What is damaged or missing the library conceals, or lets the noise go on, as it finds NO_DATA.
  void one(const AmrFrame& frame, Sample* to) {
    static constexpr AmrFrame kMissing;
    const auto& from = frame.good && frame.type != kAmrNoData ? frame : kMissing;
    Decoder_Interface_Decode(state_.get(), from.octets.data(), to, 0);
  }

  State state_;
  bool octet_aligned_;
  std::optional<std::uint8_t> requested_;
  AmrPayload payload_;
};

}  // namespace

std::unique_ptr<Encoder> make_amr_encoder(const Parameters& parameters) {
  AmrEncoder::State state(Encoder_Interface_init(0));
  if (!state) return nullptr;
  return std::make_unique<AmrEncoder>(std::move(state), parameters);
}

std::unique_ptr<Decoder> make_amr_decoder(const Parameters& parameters) {
  AmrDecoder::State state(Decoder_Interface_init());
  if (!state) return nullptr;
  return std::make_unique<AmrDecoder>(std::move(state), parameters.octet_aligned);
}

}  // namespace warp::audio
