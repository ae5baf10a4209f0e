// Lines of the tables that scripts work out with exact rationals.
#pragma once

#include <string>
#include <vector>

#include "warp/base/checked.h"

namespace warp::test {

inline std::vector<std::string> split(const std::string& line, char separator) {
  std::vector<std::string> fields(1);
  for (const char c : line) {
    if (c == separator)
      fields.emplace_back();
    else
      fields.back() += c;
  }
  return fields;
}

// The tables are ours: what is no number ends the test.
template <class T>
T number(const std::string& text) {
  return parse_number<T>(text).value();
}

}  // namespace warp::test
