// A trunk and its addresses as answers show them.
#pragma once

#include "warp/store/trunks.h"

#include "services.h"

namespace warp::api {

Schema trunk_schema();
Schema trunk_ip_schema();
Json show_trunk(const store::Trunk& trunk);
Json show_trunk_ip(const store::TrunkIp& ip);
void put_capacity(Json& out, const store::Trunk& trunk);  // the four capacity_* fields

// The trunk when it is the caller's. Named apart so that every trunk path begins with the same question.
store::Task<store::Trunk> find_trunk(Services& services, const Call& call);

}  // namespace warp::api
