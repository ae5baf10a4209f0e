// Api: the REST API as a whole. Fills a Router and gives the hooks of the Server that serves it.
//
// Every endpoint is served below /api/v1 and /v1. Metrics: warp_api_requests_total{route,method,status},
// warp_api_request_seconds{route}, warp_api_auth_failures_total{code}. One log line a request: api.request.
#pragma once

#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "warp/api/authenticator.h"
#include "warp/api/endpoint.h"
#include "warp/api/health_view.h"
#include "warp/api/live_state.h"
#include "warp/api/ports.h"
#include "warp/api/registrations.h"
#include "warp/api/settings.h"
#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/base/random.h"
#include "warp/domain/campaign_registry.h"
#include "warp/domain/message_port.h"
#include "warp/domain/provider_callbacks.h"
#include "warp/http/server.h"
#include "warp/numbering/table.h"
#include "warp/pg/pool.h"
#include "warp/routing/query.h"
#include "warp/routing/snapshot.h"

namespace warp::api {

struct Dependencies {
  pg::Pool& pool;
  const routing::SnapshotHolder& snapshots;
  const LiveState& live;
  const Clock& clock;
  IdSource& ids;  // the Api's own: nobody else may use it
  log::Logger& log;
  metrics::Registry& metrics;
  KeyStore* keys = nullptr;                         // null: the pool's
  domain::MessagePort* messaging = nullptr;         // null: this node carries no messages
  domain::CampaignRegistry* registry = nullptr;     // null: none is to be had; called on the server's thread
  domain::ProviderCallbacks* callbacks = nullptr;   // null: providers are not heard
  HealthView* health = nullptr;                     // null: endpoints are not watched
  Registrations* registrations = nullptr;           // null: nobody registers here
  const numbering::TableHolder* places = nullptr;   // null: no number has a place
  const routing::QualityHolder* quality = nullptr;  // null: no route has a quality
  Ports ports = {};
};

// All must outlive the Api; the Api must outlive the server.
class Api {
 public:
  Api(Dependencies dependencies, Settings settings);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  // Before the server starts. Adds the alias /v1 as well.
  void add_routes(http::Router& router);
  http::Hooks hooks();

  // Writes last_used_at of keys from time to time; stop() writes the rest.
  void start(boost::asio::any_io_executor executor);
  boost::asio::awaitable<void> stop();

  const EndpointTable& endpoints() const;
  Json openapi_document() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::api
