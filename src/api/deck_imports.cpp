#include "services.h"

namespace warp::api {

void add_deck_imports(EndpointTable&, Services&) {}

}  // namespace warp::api
