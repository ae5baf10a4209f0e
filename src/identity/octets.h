// Text as OpenSSL reads it.
#pragma once

#include <string_view>

namespace warp::identity {

inline const unsigned char* octets_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace warp::identity
