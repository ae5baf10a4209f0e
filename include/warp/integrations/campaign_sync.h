// CampaignSync: keeps what stands here of brands and campaigns as new as The Campaign Registry.
//
// Every interval it asks for what is not decided; for the rest, a good deal more seldom. An event of TCR
// names an object, which is then asked for at once: what counts is what TCR answers, not what was posted.
// Objects that TCR no longer knows expire (campaigns) or become UNVERIFIED (brands). What changed is written
// with the database's announcement, so that messaging follows within its second.
//
// Lives on the executor of its coroutines.
// Metrics: warp_tcr_syncs_total{result}, warp_tcr_events_total{result}.
#pragma once

#include <deque>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/domain/campaign_registry.h"
#include "warp/http/message.h"
#include "warp/integrations/tcr_webhook.h"
#include "warp/store/campaigns.h"

namespace warp::integrations {

struct CampaignSyncSettings {
  std::chrono::seconds interval{300};
  unsigned settled_after = 24;  // intervals
  std::uint32_t at_once = 50;   // objects of a kind a round
  std::size_t waiting = 1000;   // events; above it they are refused, TCR posts them again
  std::string webhook_url;      // as TCR was told; its signatures cover it
  std::string webhook_secret;
};

class CampaignSync {
 public:
  CampaignSync(domain::CampaignRegistry& registry, pg::Pool& pool, boost::asio::any_io_executor executor,
               CampaignSyncSettings settings, log::Logger& log, metrics::Registry& metrics);

  boost::asio::awaitable<void> run();  // until stop(), or cancelled
  // What waits and what is due now. True: the waiting may begin; false: there is more.
  boost::asio::awaitable<bool> once();
  void stop();  // on the executor
  // POST of TCR: 204, or 401 when it is not signed, 503 when too many wait.
  boost::asio::awaitable<http::Response> receive(http::Request request);

 private:
  boost::asio::awaitable<bool> round();  // true: there is more to do at once
  boost::asio::awaitable<void> events();
  // False: it is to be tried again later.
  boost::asio::awaitable<bool> sync(store::Campaign campaign, std::string reason);
  boost::asio::awaitable<bool> sync(store::Brand brand);
  void count(bool ok, bool news);

  domain::CampaignRegistry& registry_;
  const CampaignSyncSettings settings_;
  log::Logger& log_;
  store::BrandRepository brands_;
  store::CampaignRepository campaigns_;
  metrics::Counter &unchanged_, &changed_, &failed_;
  metrics::Counter &events_taken_, &events_refused_;
  boost::asio::steady_timer due_;
  std::deque<TcrEvent> waiting_;
  bool stopping_ = false;
};

}  // namespace warp::integrations
