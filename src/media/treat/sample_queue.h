// SampleQueue: audio between two paces, in a buffer that is made once. What does not fit is dropped at its
// front: late audio is worth less than fresh one.
#pragma once

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "warp/audio/codec.h"

namespace warp::media {

class SampleQueue {
 public:
  explicit SampleQueue(std::size_t most) : samples_(most) {}

  std::size_t size() const { return size_; }
  void clear() { size_ = 0; }

  void push(std::span<const audio::Sample> in) {
    if (in.size() > samples_.size()) in = in.last(samples_.size());
    if (size_ + in.size() > samples_.size()) discard(size_ + in.size() - samples_.size());
    std::copy(in.begin(), in.end(), samples_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += in.size();
  }
  // The oldest; the rest of `out` becomes silence. Returns how many were there.
  std::size_t pop(std::span<audio::Sample> out) {
    const auto count = std::min(out.size(), size_);
    std::copy_n(samples_.begin(), count, out.begin());
    std::fill(out.begin() + static_cast<std::ptrdiff_t>(count), out.end(), audio::Sample{0});
    discard(count);
    return count;
  }
  std::span<const audio::Sample> front(std::size_t count) const { return std::span(samples_).first(count); }
  void discard(std::size_t count) {
    std::memmove(samples_.data(), samples_.data() + count, (size_ - count) * sizeof(audio::Sample));
    size_ -= count;
  }

 private:
  std::vector<audio::Sample> samples_;
  std::size_t size_ = 0;
};

}  // namespace warp::media
