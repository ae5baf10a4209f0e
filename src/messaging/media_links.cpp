#include "warp/messaging/media_links.h"

#include "warp/http/signed_token.h"

namespace warp::messaging {

std::string MediaLinks::url(CustomerId customer, MediaId media, WallTime now) const {
  if (base_.empty() || key_.empty()) return {};
  std::string octets;
  for (const auto& id : {customer.value, media.value})
    octets.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
  return base_ + "/media/" + http::make_token(octets, now + life_, key_);
}

}  // namespace warp::messaging
