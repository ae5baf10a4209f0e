#include "services.h"

namespace warp::api {

void add_invoices(EndpointTable&, Services&) {}

}  // namespace warp::api
