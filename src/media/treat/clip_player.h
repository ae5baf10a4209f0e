// ClipPlayer: one clip at the pace and the rate of who hears it. Made off the worker (its resampler is);
// used by one thread.
#pragma once

#include <memory>
#include <span>

#include "warp/audio/resampler.h"
#include "warp/domain/media_port.h"

#include "treat/sample_queue.h"

namespace warp::media {

class ClipPlayer {
 public:
  // Null: the clip is empty, or cannot be brought to that rate.
  static std::unique_ptr<ClipPlayer> make(std::shared_ptr<const domain::MediaClip> clip,
                                          std::uint32_t sample_rate, bool loop);

  std::uint32_t sample_rate() const { return rate_; }
  // The next samples; silence behind the end. False: there was nothing left.
  bool fill(std::span<audio::Sample> out);
  // It goes on at another rate; the resampler is made anew when there is a change. False: it cannot.
  bool retune(std::uint32_t sample_rate);

 private:
  ClipPlayer(std::shared_ptr<const domain::MediaClip> clip, std::unique_ptr<audio::Resampler> resampler,
             std::uint32_t sample_rate, bool loop);
  bool more();

  // Shared with every other call that plays it.
  const std::shared_ptr<const domain::MediaClip> clip_;
  std::unique_ptr<audio::Resampler> resampler_;
  std::uint32_t rate_;
  const bool loop_;
  std::size_t at_ = 0;
  SampleQueue ready_;
};

}  // namespace warp::media
