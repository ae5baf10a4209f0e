#include "warp/domain/call_numbers.h"

namespace warp::domain {

std::string quality_key(std::string_view e164) {
  const bool north_american = e164.size() == 11 && e164.front() == '1';
  return std::string(e164.substr(0, north_american ? 4 : 5));
}

}  // namespace warp::domain
