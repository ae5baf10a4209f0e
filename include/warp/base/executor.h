// Executor: "run this later on that thread". The one thing that lower rooms need to know of an event loop
// when they answer a caller who lives on another thread.
#pragma once

#include <functional>

namespace warp {

class Executor {
 public:
  virtual ~Executor() = default;
  // Thread-safe; never runs `work` inline. Work posted after the loop stopped is destroyed unrun.
  virtual void post(std::function<void()> work) = 0;
};

}  // namespace warp
