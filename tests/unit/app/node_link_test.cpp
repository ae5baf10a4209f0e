// Nodes ask each other through one real Redis.
#include "app/node_link.h"

#include <gtest/gtest.h>

#include "warp/net/task_group.h"

#include "unit/redis/test_client.h"

namespace warp::app {
namespace {

using test::RedisServer;
using test::TestClient;

boost::asio::awaitable<std::string> answer(std::string question) {
  co_return "heard: " + question;
}

class Node {
 public:
  Node(const std::string& url, const std::string& name) : client_(url), link_(*client_, name) {
    EXPECT_TRUE(client_.up());
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Node() {
    tasks_.cancel();
    EXPECT_TRUE(tasks_.wait(std::chrono::seconds(20)));
    work_.reset();
    thread_.join();
  }
  void serve() {
    tasks_.spawn("serve", link_.serve([](std::string question) { return answer(std::move(question)); },
                                      [] { return true; }));
  }
  NodeLink::Answers ask(std::vector<std::string> nodes, std::string question) {
    auto asking = link_.ask(std::move(nodes), std::move(question));
    return TestClient::get(boost::asio::co_spawn(io_, std::move(asking), boost::asio::use_future));
  }

 private:
  TestClient client_;
  NodeLink link_;
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  net::TaskGroup tasks_{io_.get_executor(), [](std::string_view, std::exception_ptr) {}};
  std::thread thread_;
};

TEST(NodeLink, WhoLivesAnswersAndWhoDoesNotIsMissing) {
  RedisServer server;
  Node one(server.url(), "one"), two(server.url(), "two");
  two.serve();
  const std::vector<std::string> nodes{"two", "three"};
  const auto answers = one.ask(nodes, "who is there? {\"a\": 1}");
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers.at("two"), "heard: who is there? {\"a\": 1}");
  EXPECT_FALSE(answers.at("three"));
}

TEST(NodeLink, NobodyIsAskedForNothing) {
  RedisServer server;
  Node one(server.url(), "one");
  EXPECT_TRUE(one.ask({}, "?").empty());
}

}  // namespace
}  // namespace warp::app
