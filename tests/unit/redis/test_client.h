// A Client with its surroundings: threads that run it, a log that can be read, metrics.
#pragma once

#include <fstream>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio.hpp>

#include "warp/redis/client.h"

#include "unit/redis/redis_server.h"

namespace warp::test {

inline redis::Settings settings_for(const std::string& url) {
  redis::Settings settings;
  settings.url = *redis::parse_url(url);
  settings.command_timeout = std::chrono::seconds(20);
  settings.connect_timeout = std::chrono::seconds(10);
  settings.grace = std::chrono::seconds(20);
  settings.backoff_min = std::chrono::milliseconds(2);
  settings.backoff_max = std::chrono::milliseconds(10);
  return settings;
}

class TestClient {
 public:
  explicit TestClient(redis::Settings settings, int threads = 1) {
    for (int i = 0; i < threads; ++i)
      threads_.emplace_back([this] { context_.run(); });
    client_ = std::make_unique<redis::Client>(context_.get_executor(), std::move(settings), metrics_, log_);
    client_->start();
  }
  explicit TestClient(const std::string& url) : TestClient(settings_for(url)) {}
  ~TestClient() {
    client_.reset();
    guard_.reset();  // what the client began must come to its end by itself
    for (auto& thread : threads_)
      thread.join();
  }

  template <class T>
  std::future<T> spawn(boost::asio::awaitable<T> task) {
    return boost::asio::co_spawn(context_, std::move(task), boost::asio::use_future);
  }
  template <class T>
  static T get(std::future<T> future) {
    if (future.wait_for(std::chrono::seconds(60)) != std::future_status::ready) {
      std::fprintf(stderr, "a coroutine hangs\n");
      std::abort();
    }
    return future.get();
  }

  redis::Client& operator*() { return *client_; }
  redis::Client* operator->() { return client_.get(); }
  void destroy() { client_.reset(); }
  bool up() {
    return eventually([this] { return client_->healthy(); });
  }

  std::future<redis::Expected<redis::Reply>> ask(std::vector<std::string> command) {
    return spawn(client_->command(std::move(command)));
  }
  redis::Expected<redis::Reply> command(std::vector<std::string> command) {
    return get(ask(std::move(command)));
  }
  redis::Expected<std::vector<redis::Reply>> pipeline(std::vector<std::vector<std::string>> commands) {
    return get(spawn(client_->pipeline(std::move(commands))));
  }
  void close() { get(spawn(client_->close())); }

  // Of a series as it is exposed, labels included; -1 when there is none.
  double metric(const std::string& series) const {
    const auto text = "\n" + metrics_.expose();
    const auto at = text.find("\n" + series + " ");
    return at == std::string::npos ? -1 : std::stod(text.substr(at + series.size() + 2));
  }
  double result(const std::string& result) const {
    return metric("warp_redis_commands_total{result=\"" + result + "\"}");
  }
  // Lines with `event` in them among all that were written before the call.
  int logged(const std::string& event) {
    if (!log_.flush(std::chrono::seconds(20))) throw std::runtime_error("no log");
    int lines = 0;
    std::ifstream file(folder_ / "log");
    for (std::string line; std::getline(file, line);)
      lines += line.find(event) != std::string::npos;
    return lines;
  }

 private:
  TemporaryFolder folder_;
  metrics::Registry metrics_;
  log::Logger log_{{log::Format::Text, log::Level::Info, folder_ / "log", 1024}};
  boost::asio::io_context context_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_{context_.get_executor()};
  std::unique_ptr<redis::Client> client_;
  std::vector<std::thread> threads_;
};

}  // namespace warp::test
