#include "warp/net/task_group.h"

#include <atomic>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

namespace warp::net {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

asio::awaitable<void> sleep_for_ever() {
  asio::steady_timer timer(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> count_to(std::atomic<int>& counter, int steps) {
  for (int i = 0; i < steps; ++i) {
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    ++counter;
  }
}

asio::awaitable<void> fail() {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  throw std::runtime_error("on purpose");
}

struct TaskGroupTest : testing::Test {
  asio::thread_pool pool{2};
  std::mutex mutex;
  std::vector<std::string> failed;
  TaskGroup group{pool.get_executor(), [this](std::string_view task, const std::exception_ptr&) {
                    const std::lock_guard lock(mutex);
                    failed.emplace_back(task);
                  }};
};

TEST_F(TaskGroupTest, WaitsForAllOfThem) {
  std::atomic<int> counter = 0;
  for (int i = 0; i < 50; ++i)
    EXPECT_TRUE(group.spawn("count", count_to(counter, 20)));
  EXPECT_TRUE(group.wait(10s));
  EXPECT_EQ(counter, 1000);
  EXPECT_EQ(group.size(), 0u);
  EXPECT_TRUE(failed.empty());
}

TEST_F(TaskGroupTest, CancelEndsSleepersSilentlyAndRefusesNewOnes) {
  std::atomic<int> counter = 0;
  for (int i = 0; i < 50; ++i)
    group.spawn("sleeper", sleep_for_ever());
  EXPECT_EQ(group.names(), std::vector<std::string>(50, "sleeper"));
  EXPECT_FALSE(group.wait(0ms));
  group.cancel();
  EXPECT_TRUE(group.wait(10s));
  EXPECT_FALSE(group.spawn("late", count_to(counter, 1)));
  EXPECT_EQ(counter, 0);
  EXPECT_TRUE(failed.empty());
}

TEST_F(TaskGroupTest, CloseLetsTheRunningOnesEnd) {
  std::atomic<int> counter = 0;
  group.spawn("count", count_to(counter, 100));
  group.close();
  EXPECT_FALSE(group.spawn("late", count_to(counter, 1)));
  EXPECT_TRUE(group.wait(10s));
  EXPECT_EQ(counter, 100);
}

TEST_F(TaskGroupTest, AnExceptionIsReportedWithTheTasksName) {
  group.spawn("doomed", fail());
  EXPECT_TRUE(group.wait(10s));
  EXPECT_EQ(failed, std::vector<std::string>{"doomed"});
}

TEST_F(TaskGroupTest, JoinWaitsAndGivesUp) {
  std::atomic<int> counter = 0;
  group.spawn("count", count_to(counter, 10));
  EXPECT_TRUE(asio::co_spawn(pool, group.join(10s), asio::use_future).get());
  EXPECT_EQ(counter, 10);
  EXPECT_TRUE(asio::co_spawn(pool, group.join(10s), asio::use_future).get());

  group.spawn("sleeper", sleep_for_ever());
  EXPECT_FALSE(asio::co_spawn(pool, group.join(5ms), asio::use_future).get());
  auto joined = asio::co_spawn(pool, group.join(10s), asio::use_future);
  group.cancel();
  EXPECT_TRUE(joined.get());
}

TEST_F(TaskGroupTest, TheDestructorCancelsAndWaits) {
  std::vector<std::string> errors;
  {
    TaskGroup inner(pool.get_executor(),
                    [&](std::string_view task, const std::exception_ptr&) { errors.emplace_back(task); });
    for (int i = 0; i < 10; ++i)
      inner.spawn("sleeper", sleep_for_ever());
  }
  EXPECT_TRUE(errors.empty());
}

}  // namespace
}  // namespace warp::net
