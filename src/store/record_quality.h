// A leg's quality as the JSON object that records.cdrs keeps: the figures that are there.
#pragma once

#include <string>
#include <string_view>

#include "warp/base/boxed.h"
#include "warp/domain/media_quality.h"

namespace warp::store {

std::string quality_to_json(const Boxed<domain::MediaQuality>& quality);
// Figures of a newer daemon are passed over. False: no object, or a value that is no figure.
bool quality_from_json(std::string_view text, Boxed<domain::MediaQuality>& out);

}  // namespace warp::store
