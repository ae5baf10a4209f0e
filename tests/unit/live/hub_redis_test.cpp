// Two nodes with one real Redis between them.
#include <gtest/gtest.h>

#include "warp/live/hub.h"

#include "unit/redis/test_client.h"

namespace warp::live {
namespace {

using test::RedisServer;
using test::TestClient;
using namespace std::chrono_literals;

class Node {
 public:
  explicit Node(const std::string& url) : client_(url) {
    EXPECT_TRUE(client_.up());
    hub_ = std::make_unique<Hub>(io_.get_executor(), &*client_, 1, metrics_, log_);
    boost::asio::co_spawn(io_, hub_->run(), [](std::exception_ptr) {});
    thread_ = std::thread([this] { io_.run(); });
    EXPECT_TRUE(test::eventually([this] { return hub_->ready(Topic::Trunks); }));
  }
  ~Node() {
    hub_->stop();
    work_.reset();
    thread_.join();
  }
  void publish(const std::string& type, std::optional<CustomerId> customer = std::nullopt) {
    Event event;
    event.topic = Topic::Calls;
    event.type = type;
    event.customer = customer;
    event.key = "k";
    event.data = R"({"x":1})";
    event.at = WallTime(std::chrono::microseconds(5));
    hub_->publish(std::move(event));
  }
  bool watched() { return hub_->watched(Topic::Calls); }
  Hub::Joined join(std::optional<Place> after = std::nullopt) {
    Filter filter;
    filter.topic = Topic::Calls;
    return hub_->subscribe(filter, std::make_shared<Bell>(io_.get_executor()), after);
  }
  // The next events, as many as are wanted.
  std::vector<EventPtr> hear(const Hub::Joined& joined, std::size_t count) {
    std::vector<EventPtr> all;
    EXPECT_TRUE(test::eventually([&] {
      const auto batch = joined.subscription->take();
      for (const auto& event : batch.events)
        all.push_back(event);
      return all.size() >= count;
    }));
    return all;
  }

 private:
  TestClient client_;
  metrics::Registry metrics_;
  log::Logger log_{{log::Format::Text, log::Level::Error, "/dev/null", 64}};
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  std::unique_ptr<Hub> hub_;
  std::thread thread_;
};

TEST(HubOverRedis, AllNodesHearTheSameInTheSameOrder) {
  RedisServer server;
  Node one(server.url()), two(server.url());
  const auto at_one = one.join(), at_two = two.join();
  const CustomerId customer{Uuid{{3}}};
  one.publish("call.started", customer);
  const auto heard = two.hear(at_two, 1);
  ASSERT_EQ(heard.size(), 1u);
  EXPECT_EQ(heard[0]->type, "call.started");
  EXPECT_EQ(heard[0]->customer, customer);
  EXPECT_EQ(heard[0]->key, "k");
  EXPECT_EQ(heard[0]->data, R"({"x":1})");
  EXPECT_EQ(heard[0]->at, WallTime(std::chrono::microseconds(5)));
  two.publish("call.ended");
  const auto mine = one.hear(at_one, 2);
  ASSERT_EQ(mine.size(), 2u);
  EXPECT_EQ(mine[0]->place, heard[0]->place);
  EXPECT_LT(mine[0]->place, mine[1]->place);
  EXPECT_FALSE(mine[1]->customer);
}

TEST(HubOverRedis, WhoWatchesOnOneNodeMakesAllOfThemLook) {
  RedisServer server;
  Node one(server.url()), two(server.url());
  EXPECT_TRUE(test::eventually([&] { return !one.watched() && !two.watched(); }));
  const auto joined = one.join();
  EXPECT_TRUE(one.watched());
  EXPECT_TRUE(test::eventually([&] { return two.watched(); }));
}

TEST(HubOverRedis, APlaceIsGoodOnAnotherNodeAndAfterARestart) {
  RedisServer server;
  Place place;
  {
    Node before(server.url());
    const auto joined = before.join();
    EXPECT_EQ(joined.place, Place{}) << "nothing has happened yet";
    before.publish("first");
    before.publish("second");
    place = before.hear(joined, 2)[0]->place;
  }
  Node after(server.url());
  const auto again = after.join(place);
  ASSERT_TRUE(again.subscription);
  const auto missed = after.hear(again, 1);
  ASSERT_EQ(missed.size(), 1u);
  EXPECT_EQ(missed[0]->type, "second");
  const auto all = after.join(Place{});
  ASSERT_TRUE(all.subscription) << "from the beginning";
  EXPECT_EQ(after.hear(all, 2).size(), 2u);
  EXPECT_FALSE(after.join(Place{1, 1}).subscription) << "a place that never was";
}

}  // namespace
}  // namespace warp::live
