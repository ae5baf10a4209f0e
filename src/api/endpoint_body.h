// Endpoints of trunks and providers: one form of body for both.
#pragma once

#include "warp/store/endpoints.h"

#include "services.h"

namespace warp::api {

Schema new_endpoint_schema();
Schema endpoint_patch_schema();
Schema endpoint_schema(const char* owner_name);  // "trunk_id" or "provider_id"
Json show_endpoint(const store::Endpoint& endpoint, const char* owner_name);

// `customer`: nobody but an operator may deliver calls to this machine itself.
Outcome<store::NewEndpoint> read_endpoint(const Json& body, bool customer);
Outcome<store::EndpointPatch> read_endpoint_patch(const Json& body, const store::Endpoint& before,
                                                  bool customer);

}  // namespace warp::api
