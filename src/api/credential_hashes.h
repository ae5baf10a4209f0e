// What is kept of a digest password.
#pragma once

#include <string_view>
#include <utility>

#include "warp/sip/auth/digest.h"
#include "warp/store/credentials.h"

namespace warp::api {

inline store::CredentialHashes hashes_of(std::string_view username, std::string_view realm,
                                         std::string_view password) {
  auto secret = sip::make_digest_secret(username, realm, password);
  return {std::move(secret.md5), std::move(secret.sha256)};
}

}  // namespace warp::api
