// The API with the platform's own desk, stock and checks behind it, over the same database as ApiServer.
#pragma once

#include <atomic>

#include "warp/integrations/embedded_porting.h"

#include "integration/api_fixture.h"

namespace warp::test {

// Time that a test moves forward; never back, since audit rows and others carry the real one.
class SteeredClock final : public Clock {
 public:
  Monotonic now() const override { return std::chrono::steady_clock::now(); }
  WallTime wall() const override {
    return SystemClock().wall() + std::chrono::hours(24) * days.load(std::memory_order_relaxed);
  }
  std::atomic<int> days{0};
};

class PortingServer {
 public:
  // Never destroyed, as ApiServer.
  static PortingServer& instance() {
    static auto* server = new PortingServer;
    return *server;
  }
  std::uint16_t port() const { return server_->port(); }
  SteeredClock desk_clock;  // of the desk alone

 private:
  PortingServer() : pool_(Postgres::instance().conninfo(Postgres::instance().migrated_database())) {
    api::Settings settings;
    settings.bootstrap_key = ApiServer::kBootstrap;
    settings.key_rate = {100'000, 100'000};
    settings.customer_rate = {100'000, 100'000};
    settings.failure_rate = {100'000, 100'000};
    api::Dependencies dependencies{pool_.pool, snapshots_, live_, clock_, ids_, pool_.log, pool_.metrics};
    dependencies.ports.porting = &desk_;
    dependencies.ports.stock = &stock_;
    dependencies.ports.entities = &checks_;
    api_ = std::make_unique<api::Api>(dependencies, std::move(settings));
    api_->add_routes(router_);
    server_ = std::make_unique<http::Server>(pool_.control.executor(), http::ServerSettings{}, router_,
                                             api_->hooks(), clock_, pool_.log, pool_.metrics);
    if (auto started = server_->start(); !started) throw std::runtime_error(started.error());
  }

  SystemClock clock_;
  SecureIdSource ids_;
  routing::SnapshotHolder snapshots_;
  FakeLiveState live_;
  TestPool pool_;
  integrations::EmbeddedPorting desk_{pool_.pool, nullptr,    pool_.control.executor(),
                                      {},         desk_clock, pool_.log};
  integrations::EmbeddedStock stock_{pool_.pool, pool_.control.executor(), pool_.log};
  integrations::EmbeddedChecks checks_{pool_.pool, pool_.control.executor(), pool_.log};
  http::Router router_;
  std::unique_ptr<api::Api> api_;
  std::unique_ptr<http::Server> server_;
};

class PortingFixture : public ApiFixture {
 protected:
  ApiReply raw(const std::string& method, const std::string& path, const std::string& by,
               const std::string& body, const std::string& type, const std::string& more = "") {
    HttpClient client(PortingServer::instance().port());
    auto text = method + " " + path + " HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer " + by + "\r\n" + more;
    if (!type.empty()) text += "Content-Type: " + type + "\r\n";
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    auto answer = client.request(text);
    return {answer.status, answer.headers, answer.body, api::Json::parse(answer.body, nullptr, false)};
  }
  ApiReply hit(const std::string& method, const std::string& path, const std::string& by, api::Json body = {},
               const std::string& more = "") {
    return raw(method, path, by, body.is_null() ? std::string() : body.dump(), "application/json", more);
  }
  // A number for sale that no other test has.
  std::string for_sale(api::Json more = api::Json::object()) {
    more["tn"] = unique_tn();
    const auto made = hit("POST", "/v1/numbers/stock", boss, more);
    EXPECT_EQ(made.status, 201u) << made.text;
    return more["tn"].get<std::string>();
  }
  std::string bought(const std::string& by) {
    const auto tn = for_sale();
    const auto done = hit("POST", "/v1/numbers/" + tn + "/assign", by);
    EXPECT_EQ(done.status, 200u) << done.text;
    return tn;
  }
  void set_pin(const std::string& tn, const std::string& by, const std::string& pin) {
    const auto done = hit("PUT", "/v1/numbers/" + tn + "/port-out-pin", by, {{"pin", pin}});
    EXPECT_EQ(done.status, 200u) << done.text;
    EXPECT_EQ(done.body, (api::Json{{"set", true}})) << "bare, and without the PIN";
  }
  static std::string sql(const std::string& text) {
    return Postgres::instance().run(Postgres::instance().migrated_database(), text);
  }
};

}  // namespace warp::test
