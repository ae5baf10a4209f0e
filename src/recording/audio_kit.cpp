#include "warp/recording/audio_kit.h"

namespace warp::recording {

AudioKit AudioKit::real() {
  return {[](const audio::Parameters& parameters) { return audio::sample_rate(parameters); },
          [](const audio::Parameters& parameters) { return audio::make_decoder(parameters); },
          [](std::uint32_t from, std::uint32_t to) { return audio::Resampler::make(from, to); }};
}

}  // namespace warp::recording
