// Holder: a value that many read and one replaces.
#pragma once

#include <memory>
#include <mutex>

namespace warp {

template <class T>
// Publishes an immutable value by pointer swap, as routing::SnapshotHolder does; any thread.
class Holder {
 public:
  std::shared_ptr<const T> current() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }
  void publish(std::shared_ptr<const T> next) {
    const std::lock_guard lock(mutex_);
    current_.swap(next);
  }

 private:
  mutable std::mutex mutex_;  // guards current_
  std::shared_ptr<const T> current_;
};

}  // namespace warp
