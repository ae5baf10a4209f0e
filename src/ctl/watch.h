// How events are signed that warpctl sends on: as the daemon signs webhooks (Standard Webhooks,
// `v1,<base64>`).
#pragma once

#include <string>

namespace warp::ctl {

// `secret`: "whsec_" and base64, or the octets themselves.
std::string webhook_signature(const std::string& secret, const std::string& id, const std::string& timestamp,
                              const std::string& body);

}  // namespace warp::ctl
