// Authentication: who sends a request that opens something, by address, by digest (RFC 3261 §22), or by both,
// as the trunk's auth_type says. We answer as a user agent server: 401, WWW-Authenticate, never 407.
//
// Whoever is not known is told the same as whoever is known and is wrong, after the same work. Requests
// within a dialog are not asked again: they have proved that they know its tags.
#pragma once

#include "call.h"
#include "context.h"

namespace warp::calls {

// Who it is; both null: nobody.
struct Sender {
  const domain::Trunk* trunk = nullptr;
  const domain::Provider* provider = nullptr;
  const domain::Credential* credential = nullptr;  // that it proved to have
};

struct Authentication {
  enum class Outcome : std::uint8_t {
    Admitted,
    Challenge,  // no credentials, or good ones with a nonce that is too old or was counted before
    Refused,    // for `reason`
    Stranger,   // no address that is listed, and nobody takes credentials
  };
  Outcome outcome = Outcome::Stranger;
  Sender sender;
  bool stale = false;
  domain::Reason reason = domain::Reason::AuthenticationFailed;
};

Authentication authenticate(Context& context, const routing::Snapshot& snapshot, const sip::Message& request,
                            const sip::Flow& from);
// 401 with a fresh nonce.
void challenge(Context& context, const routing::Snapshot& snapshot, sip::TransactionId id,
               const sip::Message& request, const sip::Flow& from, bool stale);

}  // namespace warp::calls
