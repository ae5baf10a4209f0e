// Who changed what: the audit trail and its export.
#include "services.h"

namespace warp::api {

void add_audit(EndpointTable&, Services&) {}

}  // namespace warp::api
