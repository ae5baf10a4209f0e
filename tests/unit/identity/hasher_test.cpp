#include "warp/identity/hasher.h"

#include <atomic>

#include <boost/asio.hpp>
#include <gtest/gtest.h>

namespace warp::identity {
namespace {

namespace asio = boost::asio;
constexpr HashCost kQuickHash{8, 1, 1};

template <class T>
T run(asio::awaitable<T> task) {
  asio::io_context io;
  auto future = asio::co_spawn(io, std::move(task), asio::use_future);
  io.run();
  return future.get();
}

TEST(Hasher, HashesAndVerifies) {
  ThreadHasher hasher(kQuickHash);
  const auto stored = run(hasher.hash("correct horse"));
  ASSERT_TRUE(stored);
  EXPECT_EQ(run(hasher.verify(*stored, "correct horse")), true);
  EXPECT_EQ(run(hasher.verify(*stored, "wrong horse")), false);
  EXPECT_FALSE(outdated(*stored, hasher.cost()));
}

TEST(Hasher, NobodysPasswordIsNeverRight) {
  ThreadHasher hasher(kQuickHash);
  for (const char* guess : {"", "nobody's password", "x"})
    EXPECT_EQ(run(hasher.verify("", guess)), false) << guess;
}

asio::awaitable<void> ask(ThreadHasher* hasher, std::atomic<int>* done, std::atomic<int>* refused) {
  auto hashing = hasher->hash("x");
  const auto stored = co_await std::move(hashing);
  ++(stored ? *done : *refused);
}

// Without threads nothing is taken off the queue: what does not fit is refused at once.
TEST(Hasher, RefusesWhatDoesNotFit) {
  std::atomic<int> done{0}, refused{0};
  asio::io_context io;
  {
    ThreadHasher hasher(kQuickHash, 0, 2);
    for (int i = 0; i < 5; ++i)
      asio::co_spawn(io, ask(&hasher, &done, &refused), asio::detached);
    io.poll();
    EXPECT_EQ(refused, 3);
    EXPECT_EQ(done, 0);
  }
}

}  // namespace
}  // namespace warp::identity
