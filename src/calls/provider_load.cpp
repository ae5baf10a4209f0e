#include "provider_load.h"

#include <algorithm>

namespace warp::calls {

std::uint8_t ProviderLoad::percent_used(ProviderId provider) const {
  const domain::Provider* row = snapshot_.provider(provider);
  if (row == nullptr || !row->channels) return 0;
  if (*row->channels == 0) return 100;
  const std::uint64_t used = limits_.provider_channels(provider);
  return static_cast<std::uint8_t>(std::min<std::uint64_t>(used * 100 / *row->channels, 100));
}

}  // namespace warp::calls
