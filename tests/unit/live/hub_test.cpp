#include "warp/live/hub.h"

#include <boost/asio.hpp>
#include <gtest/gtest.h>

namespace warp::live {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

const CustomerId kOne{Uuid{{1}}}, kTwo{Uuid{{2}}};

class HubTest : public ::testing::Test {
 protected:
  Event event(std::optional<CustomerId> customer, std::string key = "k", std::string type = "trunk.updated") {
    Event out;
    out.topic = Topic::Trunks;
    out.type = std::move(type);
    out.customer = customer;
    out.key = std::move(key);
    out.data = "{}";
    return out;
  }
  Hub::Joined join(std::optional<CustomerId> customer = std::nullopt,
                   std::optional<Place> after = std::nullopt) {
    Filter filter;
    filter.topic = Topic::Trunks;
    filter.customer = customer;
    return hub_.subscribe(filter, bell_, after);
  }

  asio::io_context io_;
  metrics::Registry metrics_;
  log::Logger log_{{log::Format::Text, log::Level::Error, "/dev/null", 64}};
  Hub hub_{io_.get_executor(), nullptr, 77, metrics_, log_};
  std::shared_ptr<Bell> bell_ = std::make_shared<Bell>(io_.get_executor());
};

TEST(Topics, HaveNamesThatCanBeRead) {
  for (const auto topic : kTopics)
    EXPECT_EQ(parse_topic(to_string(topic)), topic);
  EXPECT_FALSE(parse_topic("everything"));
}

TEST(Places, AreTwoNumbers) {
  EXPECT_EQ(Place::parse("12-7"), (Place{12, 7}));
  EXPECT_EQ((Place{12, 7}).to_string(), "12-7");
  for (const char* wrong :
       {"", "-", "1", "1-", "-1", "1-2-3", "a-b", "1--2", "99999999999999999999-1", "1- 2"})
    EXPECT_FALSE(Place::parse(wrong)) << wrong;
}

TEST_F(HubTest, TellsEachItsOwn) {
  const auto one = join(kOne), two = join(kTwo), all = join();
  hub_.publish(event(kOne));
  hub_.publish(event(std::nullopt));
  EXPECT_EQ(one.subscription->take().events.size(), 1u);
  EXPECT_EQ(two.subscription->take().events.size(), 0u);
  EXPECT_EQ(all.subscription->take().events.size(), 2u);
}

TEST_F(HubTest, FiltersByKeyAndType) {
  Filter filter;
  filter.topic = Topic::Trunks;
  filter.key = "b";
  filter.type = "trunk.updated";
  const auto joined = hub_.subscribe(filter, bell_);
  hub_.publish(event(kOne, "a"));
  hub_.publish(event(kOne, "b", "trunk.deleted"));
  hub_.publish(event(kOne, "b"));
  auto other = event(kOne, "b");
  other.topic = Topic::Calls;
  hub_.publish(other);
  const auto batch = joined.subscription->take();
  ASSERT_EQ(batch.events.size(), 1u);
  EXPECT_EQ(batch.events[0]->key, "b");
}

TEST_F(HubTest, AQueueThatIsFullCountsWhatItDrops) {
  const auto slow = join();
  for (std::size_t i = 0; i < Subscription::kMost + 10; ++i)
    hub_.publish(event(kOne));
  auto batch = slow.subscription->take();
  EXPECT_EQ(batch.events.size(), Subscription::kMost);
  EXPECT_EQ(batch.dropped, 10u);
  EXPECT_EQ(batch.dropped_to, (Place{77, Subscription::kMost + 10}));
  hub_.publish(event(kOne));
  batch = slow.subscription->take();
  EXPECT_EQ(batch.events.size(), 1u);
  EXPECT_EQ(batch.dropped, 0u);
}

TEST_F(HubTest, GoesOnWhereOneLeftOff) {
  hub_.publish(event(kOne, "a"));
  const auto first = join(kOne);
  EXPECT_EQ(first.place, (Place{77, 1}));
  hub_.publish(event(kOne, "b"));
  hub_.publish(event(kTwo, "c"));
  hub_.publish(event(kOne, "d"));
  const auto again = join(kOne, first.place);
  ASSERT_TRUE(again.subscription);
  const auto batch = again.subscription->take();
  ASSERT_EQ(batch.events.size(), 2u);
  EXPECT_EQ(batch.events[0]->key, "b");
  EXPECT_EQ(batch.events[1]->key, "d");
  EXPECT_TRUE(join(kOne, Place{77, 0}).subscription) << "from the beginning";
}

TEST_F(HubTest, KnowsWhatItHasForgotten) {
  for (std::size_t i = 0; i < Hub::kRing + 5; ++i)
    hub_.publish(event(kOne));
  EXPECT_FALSE(join(std::nullopt, Place{77, 1}).subscription);
  EXPECT_FALSE(join(std::nullopt, Place{77, 0}).subscription);
  const auto oldest = join(std::nullopt, Place{77, 6});
  ASSERT_TRUE(oldest.subscription);
  EXPECT_EQ(oldest.subscription->take().events.size(), Hub::kRing - 1);
  EXPECT_FALSE(join(std::nullopt, Place{76, 6}).subscription) << "another process's place";
  EXPECT_FALSE(join(std::nullopt, Place{77, Hub::kRing + 6}).subscription) << "a place that is to come";
}

TEST_F(HubTest, CountsItsSubscribers) {
  auto& gauge = metrics_.gauge("warp_live_subscribers", "Subscriptions to live topics now.");
  auto one = join();
  {
    const auto two = join();
    EXPECT_EQ(gauge.value(), 2);
  }
  hub_.publish(event(kOne));  // also finds that one is gone
  EXPECT_EQ(gauge.value(), 1);
}

TEST_F(HubTest, CallsAreWatchedWhileAndAfterSomebodyDoes) {
  EXPECT_TRUE(hub_.watched(Topic::Trunks)) << "costs nothing";
  EXPECT_FALSE(hub_.watched(Topic::Calls));
  Filter filter;
  filter.topic = Topic::Calls;
  EXPECT_FALSE(hub_.subscribe(filter, bell_, Place{77, 0}).subscription) << "nobody has looked since";
  EXPECT_TRUE(hub_.ready(Topic::Calls));
  EXPECT_FALSE(hub_.subscribe(filter, bell_, Place{77, 0}).subscription) << "there is a gap";
  auto joined = hub_.subscribe(filter, bell_);
  EXPECT_TRUE(hub_.watched(Topic::Calls));
  EXPECT_TRUE(hub_.subscribe(filter, bell_, joined.place).subscription);
  auto one = event(kOne);
  one.topic = Topic::Calls;
  hub_.publish(one);
  const auto place = joined.subscription->take().events.at(0)->place;
  joined.subscription.reset();
  EXPECT_TRUE(hub_.watched(Topic::Calls));
  hub_.publish(one);
  auto again = hub_.subscribe(filter, bell_, place);
  ASSERT_TRUE(again.subscription);
  EXPECT_EQ(again.subscription->take().events.size(), 1u);
  EXPECT_TRUE(hub_.ready(Topic::Calls));
  EXPECT_TRUE(hub_.subscribe(filter, bell_, place).subscription) << "it was looked at all the time";
}

TEST_F(HubTest, TheBellIsHeardOnceAndNotLost) {
  int heard = 0;
  const auto joined = join();
  hub_.publish(event(kOne));
  hub_.publish(event(kOne));
  asio::co_spawn(io_, bell_->wait(std::chrono::steady_clock::time_point::max()),
                 [&](std::exception_ptr) { ++heard; });
  io_.run();
  EXPECT_EQ(heard, 1);
  EXPECT_EQ(joined.subscription->take().events.size(), 2u);
}

}  // namespace
}  // namespace warp::live
