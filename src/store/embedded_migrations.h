// The files of sql/migrations, as they were when the program was built. The source is made by the build.
#pragma once

#include <string_view>
#include <vector>

namespace warp::store {

struct EmbeddedFile {
  std::string_view name, text;
};
std::vector<EmbeddedFile> embedded_files();

}  // namespace warp::store
