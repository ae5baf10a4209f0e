// Parts that several answers show alike.
#pragma once

#include "warp/api/json.h"
#include "warp/domain/call_record.h"

namespace warp::api {

// country, state, lata, ocn, rate_centre
void put_place(Json& out, const domain::NumberPlace& place);
// Of a priced call: the line of the deck that it was found by, …
void put_priced_line(Json& out, const domain::PricedSide& side);
// … and its jurisdiction with what comes on top of the minutes.
void put_extras(Json& out, const domain::PricedSide& side);

}  // namespace warp::api
