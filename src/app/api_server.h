// ApiServer: the REST API on a loop and a thread of its own, with its own database connections, so that
// neither a slow client nor a large import holds up records, snapshots or health.
#pragma once

#include <memory>
#include <thread>

#include "warp/api/api.h"
#include "warp/base/random.h"
#include "warp/http/router.h"
#include "warp/http/server.h"
#include "warp/net/loop.h"
#include "warp/net/task_group.h"
#include "warp/pg/pool.h"
#include "warp/routing/snapshot.h"
#include "warp/sip/transport/transports.h"

#include "app/campaign_unit.h"
#include "app/config.h"
#include "app/health.h"
#include "app/identity_unit.h"
#include "app/porting_unit.h"
#include "app/webhook_mails.h"

namespace warp::app {

class ApiServer {
 public:
  ApiServer(const Config& config, const std::string& conninfo,
            const std::vector<sip::SipListener>& sip_listeners, const routing::SnapshotHolder& snapshots,
            const api::LiveState& live, api::HealthView& health, domain::MessagePort& messaging,
            domain::ProviderCallbacks& callbacks, api::Registrations& registrations,
            const numbering::TableHolder& places, const routing::QualityHolder& quality, api::Ports ports,
            const Clock& clock, log::Logger& log, metrics::Registry& metrics);
  ~ApiServer();

  void watch(Health& health) { health.watch("api", loop_); }
  // Binds. Throws std::runtime_error with a sentence for people when the port is taken or TLS cannot be had.
  void listen();
  void run();  // makes the thread
  // Ends when what was being answered is answered, or after a grace; joins the thread. Not on the loop
  // itself.
  void stop();

 private:
  boost::asio::awaitable<void> finish();
  // Those of the daemon, and of the units here.
  api::Ports with_own(api::Ports ports);

  net::Loop loop_;
  net::TaskGroup tasks_;
  SecureIdSource ids_;
  pg::Pool pool_;
  CampaignUnit campaigns_;
  IdentityUnit identity_;
  WebhookMails webhook_mails_;
  PortingUnit porting_;
  api::Api api_;
  http::Router router_;
  std::unique_ptr<http::Server> server_;
  std::thread thread_;
};

}  // namespace warp::app
