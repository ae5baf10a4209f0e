// A local HTTP server that answers as it was told to, path by path, and remembers what it was asked.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include <boost/asio.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "warp/http/server.h"
#include "warp/integrations/tcr_client.h"

#include "support/manual_clock.h"

namespace warp::integrations {

namespace asio = boost::asio;
using namespace std::chrono_literals;

class TcrFake : public ::testing::Test {
 protected:
  struct Answer {
    unsigned status = 200;
    std::string body = "{}";
    std::string retry_after = {};
  };
  struct Asked {
    std::string line;  // "PUT /v2/brand/B1"
    std::string authorization, body;
  };

  TcrFake() {
    for (const auto method : {http::Method::Get, http::Method::Post, http::Method::Put, http::Method::Delete})
      for (const char* pattern :
           {"/v2/{a}", "/v2/{a}/{b}", "/v2/{a}/{b}/{c}", "/v2/{a}/{b}/{c}/{d}", "/v2/{a}/{b}/{c}/{d}/{e}"}) {
        http::Route route;
        route.method = method;
        route.pattern = pattern;
        route.handler = [this](http::Request request) { return answer(std::move(request)); };
        router_.add(std::move(route));
      }
    server_ = std::make_unique<http::Server>(io_.get_executor(), http::ServerSettings{}, router_,
                                             http::Hooks{}, system_clock_, log_, metrics_);
    if (auto started = server_->start(); !started) ADD_FAILURE() << started.error();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~TcrFake() override {
    if (!stopped_) asio::co_spawn(io_, server_->stop(2s), asio::use_future).get();
    client_.reset();
    work_.reset();
    io_.stop();
    thread_.join();
  }

  TcrClient& client(unsigned breaker_failures = 100) {
    if (client_) return *client_;
    http::ClientSettings wire;
    wire.plain = wire.private_targets = true;
    wire.timeout = 2s;
    TcrSettings settings;
    settings.url = "http://127.0.0.1:" + std::to_string(server_->port()) + "/v2";
    settings.key = "APIKEY";
    settings.secret = "SECRET";
    settings.backoff = settings.longest_wait = 1ms;
    settings.breaker_failures = breaker_failures;
    settings.breaker_rest = 15s;
    client_ =
        std::make_unique<TcrClient>(std::move(*http::Client::make(wire)), settings, clock_, log_, metrics_);
    return *client_;
  }
  TcrAnswer ask(TcrRequest request) {
    return asio::co_spawn(io_, client().ask(std::move(request)), asio::use_future).get();
  }
  // Answers of one path, in order; the last one stays.
  void say(std::string line, std::deque<Answer> answers) {
    std::lock_guard guard(mutex_);
    script_[std::move(line)] = std::move(answers);
  }
  std::vector<Asked> asked() {
    std::lock_guard guard(mutex_);
    return asked_;
  }
  std::vector<std::string> lines() {
    std::vector<std::string> out;
    for (const auto& one : asked())
      out.push_back(one.line);
    return out;
  }
  std::uint64_t counted(const char* operation, const char* outcome) {
    return metrics_
        .counter("warp_tcr_requests_total", "Requests to The Campaign Registry, each try by itself.",
                 {{"operation", operation}, {"outcome", outcome}})
        .value();
  }
  void stop_server() {
    asio::co_spawn(io_, server_->stop(2s), asio::use_future).get();
    stopped_ = true;
  }

  test::ManualClock clock_;
  SystemClock system_clock_;
  log::Logger log_{{log::Format::Text, log::Level::Error, "/dev/null", 64}};
  metrics::Registry metrics_;
  asio::io_context io_;

 private:
  asio::awaitable<http::Response> answer(http::Request request) {
    std::lock_guard guard(mutex_);
    Asked asked{std::string(http::to_string(request.method)) + " " + request.target,
                std::string(request.headers.get_or("Authorization", "")), request.body};
    auto& answers = script_[asked.line];
    asked_.push_back(std::move(asked));
    const auto say = answers.empty() ? Answer{404, "[]"} : answers.front();
    if (answers.size() > 1) answers.pop_front();
    auto response = http::Response::text(say.status, say.body, "application/json");
    if (!say.retry_after.empty()) response.headers.set("Retry-After", say.retry_after);
    co_return response;
  }

  asio::executor_work_guard<asio::io_context::executor_type> work_{asio::make_work_guard(io_)};
  http::Router router_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<TcrClient> client_;
  std::mutex mutex_;  // guards the two below
  std::map<std::string, std::deque<Answer>> script_;
  std::vector<Asked> asked_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace warp::integrations
