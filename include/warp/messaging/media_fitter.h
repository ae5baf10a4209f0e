// MediaFitter: makes the attachments of a message fit a connector's limit. What fits is left alone; pictures
// are made smaller on a thread of the fitter's own and saved under an id that follows from theirs and the
// limit, so that a message that is tried again, or many with one picture, cost the work once. Everything else
// that is too large is refused.
//
// Metrics: warp_sms_pictures_total{result}.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "warp/base/executor.h"
#include "warp/base/metrics.h"
#include "warp/domain/media_store.h"

namespace warp::messaging {

enum class Fit : std::uint8_t {
  Fitted,
  TooLarge,     // no picture, or one that cannot be made small enough
  Unavailable,  // the store is away, the attachment is gone, or too much waits: later
};

class MediaFitter {
 public:
  using Done = std::function<void(Fit fit, std::vector<domain::MediaPart> media)>;

  // `home`: of messaging's thread, where `done` comes.
  MediaFitter(domain::MediaStore& store, Executor& home, metrics::Registry& metrics);
  ~MediaFitter();
  MediaFitter(const MediaFitter&) = delete;
  MediaFitter& operator=(const MediaFitter&) = delete;

  static bool fits(const std::vector<domain::MediaPart>& media, std::uint32_t most_octets);
  // Never inside the call.
  void fit(CustomerId customer, std::vector<domain::MediaPart> media, std::uint32_t most_octets, Done done);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  // shared: what is under way holds it weakly
};

// The id of the picture made of `media` for `most_octets`.
MediaId fitted_id(MediaId media, std::uint32_t most_octets);

}  // namespace warp::messaging
