// Second factors: TOTP, recovery codes, step-up.
#include "services.h"

namespace warp::api {

void add_second_factors(EndpointTable&, Services&) {}

}  // namespace warp::api
