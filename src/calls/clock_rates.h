// ClockRateCache: the few clock-rate tables that all calls share, instead of half a kilobyte for each side of
// each.
#pragma once

#include <algorithm>
#include <array>
#include <memory>

#include "warp/domain/media_port.h"
#include "warp/sdp/session.h"

namespace warp::calls {

class ClockRateCache {
 public:
  std::shared_ptr<const domain::ClockRates> of(const sdp::Media& media) {
    domain::ClockRates rates{};
    for (const std::uint8_t type : media.payload_types())
      if (const auto map = media.rtpmap(type)) rates[type] = map->clock_rate;
    return of(rates);
  }
  std::shared_ptr<const domain::ClockRates> of(const domain::ClockRates& rates) {
    for (const auto& known : known_)
      if (known && *known == rates) return known;
    auto& slot = known_[next_++ % known_.size()];
    slot = std::make_shared<const domain::ClockRates>(rates);
    return slot;
  }

 private:
  std::array<std::shared_ptr<const domain::ClockRates>, 8> known_;
  std::size_t next_ = 0;
};

}  // namespace warp::calls
