// Passwords: changed, forgotten, set anew by mail.
#include "services.h"

namespace warp::api {

void add_passwords(EndpointTable&, Services&) {}

}  // namespace warp::api
