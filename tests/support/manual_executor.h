// ManualExecutor: keeps what is posted until the test runs it.
#pragma once

#include <deque>
#include <utility>

#include "warp/base/executor.h"

namespace warp::test {

class ManualExecutor final : public Executor {
 public:
  void post(std::function<void()> work) override { queue_.push_back(std::move(work)); }
  std::size_t run() {
    std::size_t count = 0;
    while (!queue_.empty()) {
      auto work = std::move(queue_.front());
      queue_.pop_front();
      work();
      ++count;
    }
    return count;
  }

 private:
  std::deque<std::function<void()>> queue_;
};

}  // namespace warp::test
