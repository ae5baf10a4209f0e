// What TCR posts: is it from TCR, and what is it about? Pure.
//
// TCR signs with HMAC-SHA1, base64 in X-Registry-Signature, over the address that it was told to post to,
// followed by the body in canonical form (RFC 8785). Events are flat objects of texts, integers and booleans.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace warp::integrations {

struct TcrEvent {
  std::string type;                   // "MNO_CAMPAIGN_OPERATION_APPROVED"
  std::string brand_id, campaign_id;  // TCR's; empty: not about one
  std::string description;
};

// What TCR would write into the header; empty when `body` is no JSON object.
std::string sign_event(std::string_view url, std::string_view body, std::string_view secret);
// nullopt: not signed with the secret, or no event.
std::optional<TcrEvent> read_event(std::string_view url, std::string_view body, std::string_view signature,
                                   std::string_view secret);

}  // namespace warp::integrations
