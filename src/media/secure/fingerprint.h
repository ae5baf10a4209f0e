// Fingerprints of certificates (RFC 8122 §5). Private to this section.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "openssl_types.h"

namespace warp::media {

// By the hash that a=fingerprint names; nullopt: unknown, or not one to believe.
std::optional<std::vector<std::byte>> fingerprint_of(const X509& certificate, std::string_view hash);

}  // namespace warp::media
