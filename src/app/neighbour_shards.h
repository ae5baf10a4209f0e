// NeighbourShards: what the engines of the shards ask of each other, by their loops. join() before any of
// them runs.
#pragma once

#include <memory>
#include <span>
#include <utility>

#include "warp/calls/neighbours.h"

#include "app/shard.h"

namespace warp::app {

class NeighbourShards final : public calls::Neighbours {
 public:
  void join(std::span<const std::unique_ptr<Shard>> shards) { shards_ = shards; }

  unsigned count() const override { return static_cast<unsigned>(shards_.size()); }
  void post(unsigned shard, std::function<void(calls::Context&)> work) override {
    Shard& there = *shards_[shard];
    there.loop().post([&engine = there.engine(), work = std::move(work)] { engine.run(work); });
  }

 private:
  std::span<const std::unique_ptr<Shard>> shards_;
};

}  // namespace warp::app
