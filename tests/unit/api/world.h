// The API over real sockets, without a database: what is decided before one is asked.
#pragma once

#include <thread>

#include <boost/asio.hpp>
#include <gtest/gtest.h>

#include "warp/api/api.h"

#include "support/fake_keys.h"
#include "support/fake_messaging.h"
#include "support/http_client.h"

namespace warp::api {

namespace asio = boost::asio;
using namespace std::chrono_literals;
inline constexpr const char* kBootstrap = "rk_bootstrap_0123456789abcdef";
inline constexpr const char* kId = "0190c7a0-0000-7000-8000-000000000001";
inline constexpr const char* kOtherId = "0190c7a0-0000-7000-8000-000000000002";

// Bans of a node without calls.
class FakeBans final : public LiveState {
 public:
  std::optional<TrunkLoad> trunk(TrunkId) const override { return std::nullopt; }
  std::vector<BannedSource> bans() const override { return all; }
  bool ban(const domain::IpAddress& source, std::chrono::seconds time,
           const std::string& reason) const override {
    if (source == trusted) return false;
    all.push_back({{source, 32}, reason, WallTime{}, WallTime{time}, 1, 0, true});
    return true;
  }
  bool unban(const domain::IpAddress& source) const override {
    return std::erase_if(all, [&](const auto& ban) { return ban.source.contains(source); }) != 0;
  }

  domain::IpAddress trusted = domain::IpAddress::v4(0xc0000209);
  mutable std::vector<BannedSource> all;
};

class ApiTest : public ::testing::Test {
 protected:
  ApiTest() {
    const auto customer = CustomerId::parse(kId);
    keys_.add("rk_reader", customer, {"trunks:read", "numbers:read", "cdr:read"});
    keys_.add("rk_writer", customer, {"trunks:write", "numbers:write"});
    keys_.add("rk_nothing", customer, {});
    keys_.add("rk_sender", customer, {"messaging:read", "messaging:send", "messaging:write"});
    keys_.add("rk_test_sender", customer, {"messaging:send"});
    keys_.add("rk_forged", customer, {std::string(kSuperadmin)});
  }
  ~ApiTest() override {
    if (!server_) return;
    asio::co_spawn(io_, server_->stop(2s), asio::use_future).get();
    work_.reset();
    io_.stop();
    thread_.join();
  }

  std::uint16_t start(Settings settings = {}) {
    settings.bootstrap_key = kBootstrap;
    Dependencies dependencies{pool_, snapshots_, live_, clock_, ids_, log_, metrics_, &keys_, port_};
    api_ = std::make_unique<Api>(dependencies, std::move(settings));
    api_->add_routes(router_);
    server_ = std::make_unique<http::Server>(io_.get_executor(), http::ServerSettings{}, router_,
                                             api_->hooks(), clock_, log_, metrics_);
    if (auto started = server_->start(); !started) ADD_FAILURE() << started.error();
    thread_ = std::thread([this] { io_.run(); });
    return server_->port();
  }

  static log::Settings quiet() {
    log::Settings settings;
    settings.file = "/dev/null";
    return settings;
  }

  struct Reply {
    unsigned status;
    http::Headers headers;
    Json body;
    std::string code() const {
      const auto error = body.is_object() ? body.find("error") : body.end();
      return error != body.end() && error->is_object() ? error->value("code", "") : "";
    }
  };
  Reply ask(std::string method, std::string path, std::string key = kBootstrap, std::string body = "",
            std::string type = "application/json", std::string more = "") {
    if (!server_) start();
    test::HttpClient client(server_->port());
    auto text = method + " " + path + " HTTP/1.1\r\nHost: t\r\n" + more;
    if (!key.empty()) text += "Authorization: Bearer " + key + "\r\n";
    if (!type.empty()) text += "Content-Type: " + type + "\r\n";
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    const auto answer = client.request(text);
    return {answer.status, answer.headers, Json::parse(answer.body, nullptr, false)};
  }

  SystemClock clock_;
  SeededIdSource ids_{1};
  log::Logger log_{quiet()};
  metrics::Registry metrics_;
  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{asio::make_work_guard(io_)};
  static pg::PoolSettings nowhere() {
    pg::PoolSettings settings;
    settings.acquire_timeout = 10ms;
    return settings;
  }
  pg::Pool pool_{io_.get_executor(), nowhere(), metrics_, log_};
  routing::SnapshotHolder snapshots_;
  FakeBans live_;
  test::FakeKeys keys_;
  test::FakeMessaging messaging_;
  domain::MessagePort* port_ = &messaging_;
  http::Router router_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<http::Server> server_;
  std::thread thread_;
};

}  // namespace warp::api
