// Documents of a port request.
#include "services.h"

namespace warp::api {

void add_port_documents(EndpointTable&, Services&) {}

}  // namespace warp::api
