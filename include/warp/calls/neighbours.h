// Neighbours: the other shards of this daemon, for a call that must be where another one is.
#pragma once

#include <functional>

namespace warp::calls {

struct Context;

class Neighbours {
 public:
  virtual ~Neighbours() = default;
  // All shards, this one among them.
  virtual unsigned count() const = 0;
  // Any thread. Runs CallEngine::run(work) on that shard's thread, what one thread posts in its order; a
  // shard that has stopped destroys it unrun.
  virtual void post(unsigned shard, std::function<void(Context&)> work) = 0;
};

}  // namespace warp::calls
