// What the functions of this room see of a Snapshot.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "warp/routing/snapshot.h"

#include "flat_index.h"
#include "source_table.h"

namespace warp::routing {

// A partition's routes, grouped by prefix: those of key i are targets[first[i] .. first[i + 1]).
struct PartitionTable {
  const domain::Partition* partition = nullptr;
  rating::DigitIndex index;
  std::vector<std::uint32_t> first;
  std::vector<RouteTarget> targets;

  std::span<const RouteTarget> find(const rating::Digits& digits) const;
};

struct Account {
  const domain::Customer* customer = nullptr;
  const rating::Deck* deck = nullptr;
  const PartitionTable* partition = nullptr;
};

struct Snapshot::Impl {
  domain::Catalogue catalogue;
  std::unordered_map<RatePlanId, std::shared_ptr<const rating::Deck>> decks;
  std::unordered_map<CustomerId, Account> accounts;
  std::unordered_map<TrunkId, const domain::Trunk*> trunks;
  std::unordered_map<ProviderId, const domain::Provider*> providers;
  std::unordered_map<PartitionId, PartitionTable> partitions;
  FlatIndex numbers;
  SourceTable sources;  // owner: position in `trunks`, then in `providers`, of the catalogue

  const rating::Deck* deck(const std::optional<RatePlanId>& id) const;
  const domain::Number* number(std::string_view e164) const;

  void compile_decks(const Snapshot* previous);
  void compile_endpoints();
  void compile_partitions();
  void compile_accounts();
  void compile_numbers();
  void compile_sources();
};

}  // namespace warp::routing
