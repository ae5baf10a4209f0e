// Pages for people: the reference of the API, the errors.
#include "services.h"

namespace warp::api {

void add_reference(http::Router&, Services&, const EndpointTable&) {}

}  // namespace warp::api
