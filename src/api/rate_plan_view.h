// A rate plan as the API shows it.
#pragma once

#include "warp/store/rate_plans.h"

#include "services.h"

namespace warp::api {

Json show_rate_plan(const store::RatePlan& plan);

}  // namespace warp::api
