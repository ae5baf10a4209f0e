// Challenges: 401 and 407 to our own requests. A request to a provider with credentials is kept until its
// final answer; when it is challenged, it goes out once more with the next CSeq, a new branch and our answer
// (RFC 3261 §22.2). Credentials are shown to the provider's own addresses and for their own realm alone.
//
// Metrics: warp_sip_auth_answers_total{outcome}.
#pragma once

#include "call.h"
#include "context.h"

namespace warp::calls {

// What a leg to or from that provider gets; null when it has no credentials. `target`: where an endpoint of
// the provider's that is a name was found; null: nowhere.
std::shared_ptr<FarAuth> far_auth(const domain::Provider& provider, const domain::IpAddress* target);
// For the attempt that begins: the leg's credentials, or none.
void arm_credentials(Call& call, const routing::Candidate& candidate, const sip::Flow& flow);

// Before a request within a dialog is finished: what the far end asked for already is answered unasked.
void authorize(Context& context, const std::shared_ptr<FarAuth>& auth, sip::Writer& writer,
               sip::Method method, std::string_view uri, const sip::Flow& flow);
// After it went out. Nothing happens without credentials.
void keep_request(Context& context, const std::shared_ptr<FarAuth>& auth, sip::TransactionId id,
                  std::string bytes, const sip::Flow& flow);

// A response to `id`. True: it was a challenge and is answered; the request goes on under another id.
bool answer_challenge(Context& context, sip::TransactionId id, const Transaction& transaction,
                      const sip::Message& response, const sip::Flow& from);

}  // namespace warp::calls
