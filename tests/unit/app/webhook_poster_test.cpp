#include "app/webhook_poster.h"

#include <condition_variable>
#include <mutex>

#include <boost/asio.hpp>
#include <gtest/gtest.h>

#include "warp/http/server.h"

namespace warp::app {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// Runs nothing; the test takes what was posted and runs it.
class Inbox final : public Executor {
 public:
  void post(std::function<void()> work) override {
    const std::lock_guard guard(mutex_);
    work_.push_back(std::move(work));
    arrived_.notify_all();
  }
  // Waits for one piece of work and runs it; false after five seconds.
  bool run_one() {
    std::unique_lock guard(mutex_);
    if (!arrived_.wait_for(guard, 5s, [this] { return !work_.empty(); })) return false;
    auto work = std::move(work_.front());
    work_.erase(work_.begin());
    guard.unlock();
    work();
    return true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<std::function<void()>> work_;
};

asio::awaitable<http::Response> judge(http::Request request) {
  const bool good = request.headers.get_or("webhook-id", "") == "msg_1" && request.body == "{}";
  co_return http::Response::text(good ? 204 : 400, "");
}

class WebhookPosterTest : public testing::Test {
 protected:
  WebhookPosterTest() {
    http::Route route;
    route.method = http::Method::Post;
    route.pattern = "/hook";
    route.handler = judge;
    router_.add(std::move(route));
    server_ = std::make_unique<http::Server>(io_.get_executor(), http::ServerSettings{}, router_,
                                             http::Hooks{}, clock_, log_, metrics_);
    if (auto started = server_->start(); !started) ADD_FAILURE() << started.error();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~WebhookPosterTest() override {
    asio::co_spawn(io_, server_->stop(2s), asio::use_future).get();
    work_.reset();
    io_.stop();
    thread_.join();
  }

  static http::ClientSettings local() {
    http::ClientSettings settings;
    settings.plain = settings.private_targets = true;
    return settings;
  }
  messaging::Webhook webhook() const {
    return {"http://127.0.0.1:" + std::to_string(server_->port()) + "/hook", "{}", {{"webhook-id", "msg_1"}}};
  }
  std::uint64_t counted(const char* result) {
    return metrics_
        .counter("warp_sms_webhooks_total", "Webhooks posted, by what became of them.", {{"result", result}})
        .value();
  }
  // What post() answers on `home`.
  int status_of(WebhookPoster& poster, messaging::Webhook hook) {
    int status = -1;
    poster.post(std::move(hook), [&status](int answered) { status = answered; });
    EXPECT_EQ(status, -1) << "never inside the call";
    EXPECT_TRUE(home_.run_one());
    return status;
  }

  SystemClock clock_;
  log::Logger log_{{log::Format::Text, log::Level::Error, "/dev/null", 64}};
  metrics::Registry metrics_;
  http::Router router_;
  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{asio::make_work_guard(io_)};
  std::unique_ptr<http::Server> server_;
  std::thread thread_;
  Inbox home_;
};

TEST_F(WebhookPosterTest, SaysWhatTheTargetAnswered) {
  WebhookPoster poster(local(), home_, clock_, log_, metrics_);
  poster.run();
  EXPECT_EQ(status_of(poster, webhook()), 204);
  auto other = webhook();
  other.body = "{\"a\":1}";
  EXPECT_EQ(status_of(poster, std::move(other)), 400);
  EXPECT_EQ(counted("taken"), 1u);
  EXPECT_EQ(counted("refused"), 1u);
}

TEST_F(WebhookPosterTest, SaysZeroWhereNobodyMayBeAsked) {
  WebhookPoster poster({}, home_, clock_, log_, metrics_);
  poster.run();
  EXPECT_EQ(status_of(poster, webhook()), 0);
  EXPECT_EQ(counted("plain_refused"), 1u);
  auto secure = webhook();
  secure.url.insert(4, "s");
  EXPECT_EQ(status_of(poster, std::move(secure)), 0);
  EXPECT_EQ(counted("address_forbidden"), 1u);
}

TEST_F(WebhookPosterTest, AfterTheEndNobodyIsAskedAnyMore) {
  WebhookPoster poster(local(), home_, clock_, log_, metrics_);
  poster.run();
  poster.stop();
  EXPECT_EQ(status_of(poster, webhook()), 0);
  EXPECT_EQ(counted("taken"), 0u);
}

}  // namespace
}  // namespace warp::app
