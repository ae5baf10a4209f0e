#include "warp/audio/resampler.h"

#include <algorithm>
#include <speex/speex_resampler.h>

#include "codecs.h"

namespace warp::audio {
namespace {

constexpr int kResamplerQuality = 3;  // of 10: what speexdsp names for speech

class Copying final : public Resampler {
 public:
  std::size_t process(std::span<const Sample> in, std::span<Sample> out) override {
    const auto count = std::min(in.size(), out.size());
    std::copy_n(in.begin(), count, out.begin());
    return count;
  }
};

class SpeexResampler final : public Resampler {
 public:
  using State = std::unique_ptr<SpeexResamplerState, Closer<&speex_resampler_destroy>>;
  explicit SpeexResampler(State state) : state_(std::move(state)) {}
  std::size_t process(std::span<const Sample> in, std::span<Sample> out) override {
    auto taken = static_cast<spx_uint32_t>(in.size());
    auto made = static_cast<spx_uint32_t>(out.size());
    const auto error = speex_resampler_process_int(state_.get(), 0, in.data(), &taken, out.data(), &made);
    return error == RESAMPLER_ERR_SUCCESS ? made : 0;
  }

 private:
  State state_;
};

}  // namespace

std::unique_ptr<Resampler> Resampler::make(std::uint32_t from, std::uint32_t to) {
  if (from == 0 || to == 0) return nullptr;
  if (from == to) return std::make_unique<Copying>();
  int error = RESAMPLER_ERR_SUCCESS;
  SpeexResampler::State state(speex_resampler_init(1, from, to, kResamplerQuality, &error));
  if (!state || error != RESAMPLER_ERR_SUCCESS) return nullptr;
  return std::make_unique<SpeexResampler>(std::move(state));
}

}  // namespace warp::audio
