// Signatures of webhooks as Standard Webhooks 1.0 has them: over "id.timestamp.body", by HMAC-SHA256 ("v1,")
// under a secret that both sides know, or by ed25519 ("v1a,") under a seed that the receiver knows the public
// key of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace warp::webhooks {

// `secret`: "whsec_" or "whsk_" and base64; which one says how it is signed. Empty for a secret that is none.
std::string sign(std::string_view id, std::int64_t timestamp, std::string_view body, std::string_view secret);

// The value of webhook-signature: that of `secret`, and that of `previous` while it holds, a blank between.
std::string signatures(std::string_view id, std::int64_t timestamp, std::string_view body,
                       std::string_view secret, const std::optional<std::string>& previous);

}  // namespace warp::webhooks
