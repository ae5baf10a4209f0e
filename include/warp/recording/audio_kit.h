// AudioKit: what the recorder decodes with; tests bring their own.
#pragma once

#include <functional>
#include <memory>

#include "warp/audio/codec.h"
#include "warp/audio/resampler.h"

namespace warp::recording {

struct AudioKit {
  std::function<std::uint32_t(const audio::Parameters&)> sample_rate;
  std::function<std::unique_ptr<audio::Decoder>(const audio::Parameters&)> decoder;
  std::function<std::unique_ptr<audio::Resampler>(std::uint32_t from, std::uint32_t to)> resampler;

  static AudioKit real();  // room audio
};

}  // namespace warp::recording
