#pragma once

#include <string>
#include <string_view>

#include <openssl/evp.h>

namespace warp::integrations {

inline std::string to_base64(std::string_view octets) {
  std::string out(4 * ((octets.size() + 2) / 3) + 1, '\0');
  const int written =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(octets.data()), static_cast<int>(octets.size()));
  out.resize(static_cast<std::size_t>(written));
  return out;
}

}  // namespace warp::integrations
