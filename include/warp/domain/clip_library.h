// ClipLibrary: the clips that calls play, by name. Implemented by `media` (ClipStore). Any thread.
#pragma once

#include <memory>
#include <string_view>

#include "warp/domain/media_port.h"

namespace warp::domain {

class ClipLibrary {
 public:
  virtual ~ClipLibrary() = default;
  // Null: there is none of that name. What was found stays as it is when the folder is read anew.
  virtual std::shared_ptr<const MediaClip> find(std::string_view name) const = 0;
};

}  // namespace warp::domain
