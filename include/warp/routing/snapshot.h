// Snapshot: a Catalogue compiled for the hot path. Immutable; every call keeps the one that it began with.
//
// SnapshotHolder publishes by pointer swap. Readers (shards) call current(): one atomic load and a reference
// count. Nothing that a call does waits for a database.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "warp/base/clock.h"
#include "warp/domain/catalogue.h"
#include "warp/rating/deck.h"

namespace warp::routing {

class Snapshot {
 public:
  // `previous` lends the decks whose plan version did not change; may be null.
  static std::shared_ptr<const Snapshot> compile(domain::Catalogue catalogue, const Snapshot* previous);

  std::uint64_t version() const;
  WallTime loaded_at() const;

  // By source address, longest match. A customer trunk's ACL wins over a provider's addresses of the same
  // length.
  const domain::Trunk* trunk_by_source(const domain::IpAddress& source) const;
  const domain::Provider* provider_by_source(const domain::IpAddress& source) const;

  const domain::Trunk* trunk(TrunkId id) const;
  const domain::Customer* customer(CustomerId id) const;
  const domain::Provider* provider(ProviderId id) const;
  const domain::Partition* partition(PartitionId id) const;
  const domain::Number* number(std::string_view e164) const;
  const rating::Deck* deck(RatePlanId id) const;

  // Routes of a partition whose prefix is the longest match for `e164` among its enabled routes of enabled
  // providers, in no order. Longest prefix first, cost second: a shorter prefix is never used when a longer
  // one matches.
  std::span<const domain::Route* const> routes(PartitionId partition, std::string_view e164) const;

  struct Counts {
    std::size_t customers, trunks, numbers, providers, routes, rate_plans, rates;
  };
  Counts counts() const;

  ~Snapshot();

 private:
  Snapshot();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

class SnapshotHolder {
 public:
  std::shared_ptr<const Snapshot> current() const {
    return current_.load(std::memory_order_acquire);
  }  // null at start
  void publish(std::shared_ptr<const Snapshot> next) {
    current_.store(std::move(next), std::memory_order_release);
  }

 private:
  std::atomic<std::shared_ptr<const Snapshot>> current_;
};

}  // namespace warp::routing
