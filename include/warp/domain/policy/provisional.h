// ProvisionalPolicy: reliable provisional responses, early media, forks and redirects of one side of a call.
#pragma once

#include "warp/domain/policy/fields.h"

namespace warp::domain {

// RFC 3262 on this side of the call; the other side has its own.
enum class ReliableProvisional : std::uint8_t {
  Off,        // 100rel is neither offered nor taken
  Supported,  // offered; a caller that offers it gets descriptions, and what came reliably, reliably
  Required,   // required of a far end; a caller that can gets every 18x reliably
};

enum class RedirectPolicy : std::uint8_t {
  NextRoute,  // a 3xx is a failure of that endpoint
  Follow,     // its Contacts are tried in order of q, as further attempts
  Refuse,     // the call ends with it
};

struct ProvisionalPolicy {
  ReliableProvisional reliable = ReliableProvisional::Supported;
  bool early_media = true;  // descriptions in 18x go on to this side
  RedirectPolicy redirect = RedirectPolicy::NextRoute;
  std::uint32_t most_redirects = 3;  // Contacts followed for one call
};

// Names and bounds of every field.
void describe(ProvisionalPolicy& policy, PolicyFields& fields);

}  // namespace warp::domain
