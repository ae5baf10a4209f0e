// Finisher: a thread for what takes a disk's time: syncing and hashing files that ended, adopting old ones.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace warp::recording {

class Finisher {
 public:
  Finisher() : thread_([this] { run(); }) {}
  ~Finisher();  // when all is done
  void post(std::function<void()> work);

 private:
  void run();
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> work_;  // under mutex_; a recording each
  bool closing_ = false;                    // under mutex_
  std::thread thread_;
};

}  // namespace warp::recording
