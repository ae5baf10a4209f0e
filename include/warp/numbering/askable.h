// askable: which look-ups make sense for the numbers of a call.
#pragma once

#include "warp/domain/number_lookup.h"

namespace warp::numbering {

// Of request.wanted: LRN and do-not-originate of numbers of the North American plan that are not toll-free,
// the carrier of a toll-free called number for a caller of the plan, the name of a caller with ten digits or
// more.
domain::Lookups askable(const domain::LookupRequest& request);

// A number, when it is of the North American plan: its ten digits; else empty.
std::string_view national(std::string_view e164);

}  // namespace warp::numbering
