// Companies and their tax numbers.
#include "services.h"

namespace warp::api {

void add_entity_checks(EndpointTable&, Services&) {}

}  // namespace warp::api
