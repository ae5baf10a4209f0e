// What happens now, by WebSocket and by server-sent events.
#include "services.h"

namespace warp::api {

void add_live(EndpointTable&, Services&) {}

}  // namespace warp::api
