// What an archive has written, line by line.
#pragma once

#include <sstream>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/unpacked.h"

namespace warp::test {

inline std::vector<nlohmann::json> archived_lines(const std::filesystem::path& file) {
  std::vector<nlohmann::json> out;
  std::istringstream rows(unpacked(file));
  for (std::string line; std::getline(rows, line);)
    out.push_back(nlohmann::json::parse(line));
  return out;
}

}  // namespace warp::test
