// TrailSettings: the audit trail. Defaults stand here.
#pragma once

#include <cstdint>

namespace warp::api {

struct TrailSettings {
  std::uint32_t export_limit = 50'000;  // rows of an export; a cursor goes on from there
};

}  // namespace warp::api
