#include "app/status_server.h"

#include <stdexcept>

namespace warp::app {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kPrometheus = "text/plain; version=0.0.4; charset=utf-8";

http::ServerSettings settings_for(const std::string& name, const domain::SocketAddress& bind) {
  http::ServerSettings settings;
  settings.name = name;
  settings.address = bind.ip.to_string();
  settings.port = bind.port;
  settings.max_connections = 64;
  return settings;
}

boost::asio::awaitable<http::Response> answer(http::Response response) {
  co_return response;
}

http::Handler answering(std::function<http::Response()> make) {
  return [make = std::move(make)](http::Request) { return answer(make()); };
}

void start_or_throw(http::Server& server, const std::string& key) {
  if (const auto started = server.start(); !started)
    throw std::runtime_error(started.error() + "; see " + key);
}

}  // namespace

StatusServer::StatusServer(boost::asio::any_io_executor executor, const Config& config, const Health& health,
                           metrics::Registry& metrics, const Clock& clock, log::Logger& log) {
  health_routes_.get("/health", answering([&health] {
                       return http::Response::text(health.alive() ? 200 : 503, health.health_json(), kJson);
                     }));
  health_routes_.get("/ready", answering([&health] {
                       return http::Response::text(health.ready() ? 200 : 503, health.ready_json(), kJson);
                     }));
  metrics_routes_.get(
      "/metrics", answering([&metrics] { return http::Response::text(200, metrics.expose(), kPrometheus); }));
  health_server_ = std::make_unique<http::Server>(executor, settings_for("health", config.health.bind),
                                                  health_routes_, http::Hooks{}, clock, log, metrics);
  metrics_server_ = std::make_unique<http::Server>(executor, settings_for("metrics", config.metrics.bind),
                                                   metrics_routes_, http::Hooks{}, clock, log, metrics);
}

void StatusServer::listen() {
  start_or_throw(*health_server_, "health.bind");
  start_or_throw(*metrics_server_, "metrics.bind");
}

boost::asio::awaitable<void> StatusServer::stop() {
  co_await health_server_->stop(std::chrono::seconds(1));
  co_await metrics_server_->stop(std::chrono::seconds(1));
}

}  // namespace warp::app
