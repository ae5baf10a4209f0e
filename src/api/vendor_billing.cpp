#include "services.h"

namespace warp::api {

void add_vendor_billing(EndpointTable&, Services&) {}

}  // namespace warp::api
