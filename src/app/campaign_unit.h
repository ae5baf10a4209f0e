// CampaignUnit: the registry of brands and campaigns as configured: The Campaign Registry with its polling
// and its events when integrations.tcr has a key, else the site's own.
//
// Lives on the API's loop. Metrics: those of integrations.
#pragma once

#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "warp/http/router.h"
#include "warp/integrations/campaign_sync.h"
#include "warp/integrations/local_registry.h"
#include "warp/integrations/tcr_registry.h"

#include "app/config.h"

namespace warp::app {

class CampaignUnit {
 public:
  // Throws std::runtime_error with a sentence for people.
  CampaignUnit(const Config& config, boost::asio::any_io_executor executor, pg::Pool& pool,
               const Clock& clock, log::Logger& log, metrics::Registry& metrics);

  domain::CampaignRegistry& registry();
  void add_routes(http::Router& router);  // POST /callbacks/tcr
  void start(net::TaskGroup& tasks);
  boost::asio::awaitable<void> stop();

 private:
  const Config::Integrations::Tcr settings_;
  log::Logger& log_;
  integrations::TcrClient client_;
  integrations::TcrRegistry tcr_;
  integrations::LocalRegistry local_;
  integrations::CampaignSync sync_;
};

}  // namespace warp::app
