// Identity: who calls, as one side said it and as the other side shall see it.
//
// The far end's From carries the calling number and display name; P-Asserted-Identity goes on only when one
// came, with the same number and our host; Privacy goes on as it came. Everything else that names a host or a
// person of the other side (Diversion, History-Info, Remote-Party-ID, Call-Info) stays behind.
#pragma once

#include <string>

#include "call.h"

namespace warp::calls {

// What the record calls ANI: the user part of From, or of P-Asserted-Identity when From is anonymous.
std::string calling_number(const sip::Message& request);
Identity identity_of(const sip::Message& request);
// The called number as the candidate wants it: a provider's strip and add, digits for a customer trunk.
std::string called_number(const routing::Candidate& candidate, std::string_view e164);

}  // namespace warp::calls
