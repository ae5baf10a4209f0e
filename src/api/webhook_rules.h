// Rules of webhook endpoints: which targets may be named, and the secrets that their signatures are made
// with.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "warp/api/settings/webhooks.h"

namespace warp::api {

// Why this target may not be named, for people: "must begin with https://". Names are judged again when they
// are called, by what they resolve to. nullopt: it may.
std::optional<std::string> wrong_target(std::string_view url, const WebhookSettings& settings);

// "whsec_" (hmac) or "whsk_" (ed25519), and 32 random octets in base64.
std::string make_webhook_secret(std::string_view signature);
// "whpk_" and the public key of a "whsk_" in base64; empty for others.
std::string public_key_of(std::string_view secret);

}  // namespace warp::api
