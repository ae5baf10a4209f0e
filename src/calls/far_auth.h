// FarAuth: our credentials towards the provider at the far end of one leg, and the answers that we gave to
// its challenges. Made only for legs of providers that have credentials.
#pragma once

#include <string>
#include <vector>

#include "warp/domain/catalogue.h"
#include "warp/sip/auth/digest_client.h"
#include "warp/sip/transport/transport.h"

namespace warp::calls {

struct FarAuth {
  std::vector<sip::PeerCredential> credentials;  // one a realm
  std::size_t chosen = 0;                        // whose realm was asked for
  sip::DigestClient client;
};

// A request that may be challenged, as it went out.
struct SentRequest {
  std::string bytes;
  sip::Flow flow;
  // Shared: a BYE outlives its call.
  std::shared_ptr<FarAuth> auth;
};

}  // namespace warp::calls
