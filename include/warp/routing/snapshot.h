// Snapshot: a Catalogue compiled for the hot path. Immutable; every call keeps the one that it began with.
//
// SnapshotHolder publishes by pointer swap. Readers (shards) call current(): one atomic load and a reference
// count. Nothing that a call does waits for a database.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "warp/base/clock.h"
#include "warp/domain/catalogue.h"
#include "warp/rating/deck.h"
#include "warp/rating/terms.h"

namespace warp::routing {

struct NumberRules;  // numbers.h
struct Lists;

// A route with what it leads to, looked up once.
struct RouteTarget {
  const domain::Route* route = nullptr;
  const domain::Provider* provider = nullptr;
  const rating::Deck* deck = nullptr;  // what the provider costs; null: no rate plan
  Currency currency;                   // of the deck
  int priority = 0;                    // of the route
  bool has_endpoint = false;           // of the provider
  bool shared = false;                 // another route of the same prefix leads to the same provider
  const domain::Endpoint* only_endpoint = nullptr;  // of the provider; null: none or several
  bool plain = true;                                // it holds for every call
  const Lists* lists = nullptr;                     // of the provider
};

// What a snapshot may spend on being fast.
struct SnapshotLimits {
  // Of all cost tables together (rating/cost_table.h). Partitions that get none are decided deck by deck.
  // nullopt: half of what the decks take.
  std::optional<std::size_t> cost_table_octets;
  // As seen at that time; nullopt: when the catalogue was loaded.
  std::optional<WallTime> at = {};
  // By way of which currencies are compared that have no rate of exchange of their own.
  Currency base = {};
};

// Who sends from an address: one of the two, or nobody.
struct Source {
  const domain::Trunk* trunk = nullptr;
  const domain::Provider* provider = nullptr;
};

class Snapshot {
 public:
  // `previous` lends the decks whose plan did not change, and the cost tables of which all decks are lent;
  // may be null. Rows that refer to nothing (an ACL entry of a trunk that is not there) are left out. The
  // plans' lines are released: the decks have them.
  static std::shared_ptr<const Snapshot> compile(domain::Catalogue catalogue, const Snapshot* previous,
                                                 const SnapshotLimits& limits = {});

  std::uint64_t version() const;
  WallTime loaded_at() const;
  // When what was compiled is no longer as fast or as it will be: a contract, a schedule, a rate of exchange
  // or a line begins or ends. Decisions hold all the same, each by its own time. WallTime::max(): never.
  WallTime changes_at() const;

  // By where a message comes from, longest match over trunks and providers together. Of rows with the same
  // network the one that asks for port and transport goes before one that asks for the port, then for the
  // transport, then for nothing; one that asks for something else is passed over for the next shorter
  // network. Of rows that are the same a customer trunk's wins over a provider's. A provider that is disabled
  // or may not send us calls still hides what is behind its address, but is not returned.
  Source source(const domain::SocketAddress& from, domain::SipTransport by) const;
  // The same among rows that ask for nothing but the network.
  Source source(const domain::IpAddress& address) const;
  // Is it an address of anybody provisioned, to hear from or to send to, enabled or not?
  bool knows(const domain::IpAddress& address) const;
  // Is there a trunk whose callers prove who they are by a password?
  bool challenges_strangers() const;
  const domain::Trunk* trunk_by_source(const domain::IpAddress& source) const;
  const domain::Provider* provider_by_source(const domain::IpAddress& source) const;

  // Digest: who has that name in that realm; is the realm one of ours; does any trunk take credentials.
  const domain::Credential* credential(std::string_view username, std::string_view realm) const;
  const domain::Credential* credential(const Uuid& id) const;
  bool has_realm(std::string_view realm) const;
  bool takes_credentials() const;

  const domain::Trunk* trunk(TrunkId id) const;
  const domain::Customer* customer(CustomerId id) const;
  const domain::Provider* provider(ProviderId id) const;
  const domain::Partition* partition(PartitionId id) const;
  const domain::Number* number(std::string_view e164) const;
  const rating::Deck* deck(RatePlanId id) const;
  const rating::FxTable& exchange() const;
  // 0 is always open, a schedule that is not there never.
  bool is_open(std::uint16_t schedule, WallTime when) const;
  // Of a trunk or provider; null: none.
  const NumberRules* number_rules(const Uuid& owner) const;
  // Where a customer's number is, as it was registered; null: nowhere known.
  const domain::EmergencyLocation* emergency_location(std::string_view e164) const;
  // By name or by id.
  const domain::Partition* partition_named(std::string_view name_or_id) const;

  // Routes of a partition that offer, whose prefix is the longest match for `e164` among its enabled routes
  // of enabled providers, in the catalogue's order. Longest prefix first, cost second: a shorter prefix is
  // never used when a longer one matches.
  std::span<const RouteTarget> routes(PartitionId partition, std::string_view e164) const;

  // All of them, in no order.
  std::span<const domain::Trunk> trunks() const;
  std::span<const domain::Provider> providers() const;

  struct Counts {
    std::size_t customers, trunks, numbers, providers, routes, rate_plans, rates;
  };
  Counts counts() const;
  std::size_t decks_octets() const;
  std::size_t cost_tables_octets() const;

  ~Snapshot();

  struct Impl;  // for the functions of this room
  const Impl& impl() const { return *impl_; }

 private:
  Snapshot();
  std::unique_ptr<Impl> impl_;
};

// The snapshot in force. Any thread. A mutex, because the reader of libstdc++ 12's atomic<shared_ptr> gives
// its lock back with a relaxed store, which does not keep what it read before the next publish.
class SnapshotHolder {
 public:
  std::shared_ptr<const Snapshot> current() const {  // null at start
    const std::lock_guard lock(mutex_);
    return current_;
  }
  void publish(std::shared_ptr<const Snapshot> next) {  // the older one is let go after the lock
    const std::lock_guard lock(mutex_);
    current_.swap(next);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> current_;
};

}  // namespace warp::routing
