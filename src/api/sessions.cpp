// Signing in and out, sessions: /auth/login, /auth/refresh, /auth/logout, /auth/sessions.
#include "services.h"

namespace warp::api {

void add_sessions(EndpointTable&, Services&) {}

}  // namespace warp::api
