// Bell: wakes one coroutine. Any thread rings; what rings twice before it is heard is heard once, and a ring
// that comes while nobody waits is not lost.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

namespace warp::live {

// Shared by those who ring and by what they post to the waiter's executor.
class Bell : public std::enable_shared_from_this<Bell> {
 public:
  explicit Bell(boost::asio::any_io_executor executor);

  void ring();  // any thread
  // Until it rings or the time has come; on the executor, which must be one strand. May return early.
  boost::asio::awaitable<void> wait(std::chrono::steady_clock::time_point until);

 private:
  boost::asio::any_io_executor executor_;
  boost::asio::steady_timer timer_;
  std::atomic<bool> rung_{false};
};

}  // namespace warp::live
