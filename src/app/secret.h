// Secret: what must not stand in a file that people share.
#pragma once

#include <string>

namespace warp::app {

// A secret never stands in the configuration file: the file names where it is.
struct Secret {
  std::string value;
  std::string origin;  // "file /run/secrets/pg" or "environment PGPASSWORD"; empty: not given
};

}  // namespace warp::app
