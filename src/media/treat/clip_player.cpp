#include "treat/clip_player.h"

#include <array>

namespace warp::media {
namespace {

// Of the clip, at a time: 10 ms at 16 kHz; at 8 kHz out of it become six times as many at most.
constexpr std::size_t kClipChunk = 160;
constexpr std::size_t kMostGrowth = 8;

}  // namespace

std::unique_ptr<ClipPlayer> ClipPlayer::make(std::shared_ptr<const domain::MediaClip> clip,
                                             std::uint32_t sample_rate, bool loop) {
  if (clip == nullptr || clip->samples.empty()) return nullptr;
  if (clip->sample_rate < sample_rate / kMostGrowth) return nullptr;
  auto resampler = audio::Resampler::make(clip->sample_rate, sample_rate);
  if (resampler == nullptr) return nullptr;
  return std::unique_ptr<ClipPlayer>(
      new ClipPlayer(std::move(clip), std::move(resampler), sample_rate, loop));
}

ClipPlayer::ClipPlayer(std::shared_ptr<const domain::MediaClip> clip,
                       std::unique_ptr<audio::Resampler> resampler, std::uint32_t sample_rate, bool loop)
    : clip_(std::move(clip)),
      resampler_(std::move(resampler)),
      rate_(sample_rate),
      loop_(loop),
      ready_(rate_ / 10) {}

bool ClipPlayer::more() {
  if (at_ == clip_->samples.size() && loop_) at_ = 0;
  const auto chunk =
      std::span(clip_->samples).subspan(at_).first(std::min(kClipChunk, clip_->samples.size() - at_));
  if (chunk.empty()) return false;
  at_ += chunk.size();
  std::array<audio::Sample, kClipChunk * kMostGrowth + 1> made;
  ready_.push(std::span(made).first(resampler_->process(chunk, made)));
  return true;
}

bool ClipPlayer::retune(std::uint32_t sample_rate) {
  if (sample_rate == rate_) return true;
  if (clip_->sample_rate < sample_rate / kMostGrowth) return false;
  auto fresh = audio::Resampler::make(clip_->sample_rate, sample_rate);
  if (fresh == nullptr) return false;
  resampler_ = std::move(fresh);
  rate_ = sample_rate;
  ready_ = SampleQueue(rate_ / 10);
  return true;
}

bool ClipPlayer::fill(std::span<audio::Sample> out) {
  while (ready_.size() < out.size() && more()) {
  }
  return ready_.pop(out) != 0;
}

}  // namespace warp::media
