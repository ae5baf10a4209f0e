#include "services.h"

namespace warp::api {

void add_number_lists(EndpointTable&, Services&) {}

}  // namespace warp::api
