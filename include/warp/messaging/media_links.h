// MediaLinks: addresses under which anybody who has one may read an attachment for a while. The API serves
// them: GET <base>/media/<token>, http/signed_token.h of the customer's id and the attachment's.
#pragma once

#include <chrono>
#include <string>

#include "warp/base/clock.h"
#include "warp/base/uuid.h"

namespace warp::messaging {

class MediaLinks {
 public:
  // `base`: the public address of the API, without a slash at its end. Empty, or no key: there are no links.
  MediaLinks(std::string base, std::string key, std::chrono::seconds life)
      : base_(std::move(base)), key_(std::move(key)), life_(life) {}
  std::string url(CustomerId customer, MediaId media, WallTime now) const;  // or empty

 private:
  std::string base_, key_;
  std::chrono::seconds life_;
};

}  // namespace warp::messaging
