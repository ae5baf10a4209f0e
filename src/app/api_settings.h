// What the API is told of the configuration, each part by the source of its keys.
#pragma once

#include "warp/api/settings.h"

#include "app/config.h"

namespace warp::app {

void tell_identity(const Config& config, api::Settings& settings);
void tell_trail(const Config& config, api::Settings& settings);
void tell_requests(const Config& config, api::Settings& settings);
void tell_porting(const Config& config, api::Settings& settings);
void tell_live(const Config& config, api::Settings& settings);
void tell_webhooks(const Config& config, api::Settings& settings);
void tell_reference(const Config& config, api::Settings& settings);

}  // namespace warp::app
