// Identity: who calls, as one side said it and as the other side shall see it (RFC 3323, 3325;
// docs/sip/identity.md).
//
// What a side asserts is believed when its policy says `trusted`; from others it is no more than a hint for
// anonymous calls. Withheld identities are shown to trusted sides only. Nothing that came is copied: numbers,
// display name and a few words of closed lists go out under our own host.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "warp/routing/numbers.h"
#include "warp/sip/message/writer.h"

#include "call.h"
#include "context.h"
#include "ending.h"

namespace warp::calls {

const domain::IdentityPolicy& caller_policy(const Setup& setup);
const domain::IdentityPolicy& callee_policy(const Setup& setup, const routing::Candidate& candidate);
routing::Peer caller_peer(const Setup& setup);
routing::Peer callee_peer(const Setup& setup, const routing::Candidate& candidate);

// A telephone number, or a name that a URI of ours may carry; empty when it has neither.
std::string user_of(const sip::NameAddr& party);

// From, P-Asserted-Identity, P-Preferred-Identity, Remote-Party-ID and Privacy into call.setup->identity; ANI
// of the record. Refuses what Privacy calls critical and we do not know (RFC 3323 §5).
std::optional<Refusal> read_identity(Call& call);
// The caller's side may show that number, or another takes its place, or CallerIdNotAllowed.
std::optional<Refusal> apply_caller_id(Call& call);

// From's URI and display name towards the candidate, into call.setup->attempt.
void present_caller(Call& call, const routing::Candidate& candidate, std::string_view own);
// P-Asserted-Identity, Remote-Party-ID, Privacy, Diversion, History-Info, User-to-User and the headers that
// the callee's policy lets through.
void add_identity(sip::Writer& writer, const Call& call, std::string_view own);

// User part of the request URI towards the candidate.
std::string called_number(const Call& call, const routing::Candidate& candidate);

}  // namespace warp::calls
