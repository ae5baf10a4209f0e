// What the functions of this room see of a Snapshot.
#pragma once

#include <memory>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "warp/rating/cost_table.h"
#include "warp/rating/terms.h"
#include "warp/routing/numbers.h"
#include "warp/routing/snapshot.h"

#include "flat_index.h"
#include "lists.h"
#include "quality.h"
#include "source_table.h"

namespace warp::routing {

// From a deck of a cost table to the targets of a group that have it: first[slot], then next[target]. Targets
// are counted from the group's first.
struct DeckTargets {
  static constexpr std::uint16_t kNone = 0xffff;

  const std::uint16_t* first;
  const std::uint16_t* next;
};

struct Asked;

// Routes grouped by prefix: those of key i are targets[first[i] .. first[i + 1]).
struct RouteGroups {
  rating::DigitIndex index;
  std::vector<std::uint32_t> first;
  std::vector<RouteTarget> targets;

  std::span<const RouteTarget> group(std::uint32_t at) const {
    if (at == rating::DigitIndex::kNone) return {};
    return std::span(targets).subspan(first[at], first[at + 1] - first[at]);
  }
};

// A partition's routes that offer.
struct PartitionTable : RouteGroups {
  const domain::Partition* partition = nullptr;
  RouteGroups rules;         // those that block and force
  bool conditional = false;  // some do not hold for every call
  QualityRules quality;
  const Lists* lists = nullptr;

  // Of all decks of the targets, perhaps of more; null: each deck is asked by itself.
  std::shared_ptr<const rating::JurisdictionCosts> costs;
  std::vector<std::uint16_t> first_of_deck;  // at group * decks of `costs` + slot
  std::vector<std::uint16_t> next_of_deck;   // by target

  bool costs_by_lrn = false;     // by which number its rows are found
  bool costs_fit_ported = true;  // all decks are searched by the same of the two

  void use(std::shared_ptr<const rating::JurisdictionCosts> tables);
  // Whose rows tell what each deck would, of this call; null: the decks have to be asked.
  const rating::CostTable* table_for(const Asked& asked) const;
  // The one that is always there; its decks and index are those of all. `costs` is not null.
  const rating::CostTable& any_table() const { return *costs->of(domain::Jurisdiction::Unknown); }
  DeckTargets of_deck(std::uint32_t group) const {
    return {&first_of_deck[group * any_table().decks().size()], &next_of_deck[first[group]]};
  }
};

struct Account {
  struct DatedDeck {
    const rating::Deck* deck;
    WallTime from, to;
  };

  const domain::Customer* customer = nullptr;
  std::vector<DatedDeck> decks;  // the latest first
  const PartitionTable* partition = nullptr;
  const Lists* lists = nullptr;

  // What it pays by then; null: nothing was agreed on.
  const rating::Deck* deck_at(WallTime when) const {
    for (const auto& one : decks)
      if (one.from <= when && when < one.to) return one.deck;
    return nullptr;
  }
};

struct Snapshot::Impl {
  domain::Catalogue catalogue;
  std::shared_ptr<const rating::ScheduleBook> schedules;  // shared: with the decks that hang on them
  std::unordered_map<RatePlanId, std::shared_ptr<const rating::Deck>> decks;
  std::unordered_map<CustomerId, Account> accounts;
  std::unordered_map<TrunkId, const domain::Trunk*> trunks;
  std::unordered_map<ProviderId, const domain::Provider*> providers;
  std::unordered_map<PartitionId, PartitionTable> partitions;
  std::vector<std::shared_ptr<const rating::JurisdictionCosts>> cost_tables;
  std::vector<CompiledList> number_lists;
  std::unordered_map<Uuid, Lists> lists;  // by owner
  rating::FxTable fx;
  std::unordered_map<const domain::Destination*, domain::Endpoint> uris;  // of destinations that are URIs
  WallTime changes_at = WallTime::max();
  FlatIndex numbers;
  // By user name; of one name there are as many as it has realms.
  std::unordered_multimap<std::string_view, const domain::Credential*> credentials;
  std::unordered_map<Uuid, const domain::Credential*> credentials_by_id;
  std::unordered_set<std::string_view> realms;
  std::unordered_map<Uuid, NumberRules> number_rules;
  std::unordered_map<std::string_view, const domain::EmergencyLocation*> locations;
  std::vector<domain::IpAddress> deliveries;  // addresses of trunks' endpoints, sorted
  bool challenges = false;
  SourceTable sources;  // owner: position in `trunks`, then in `providers`, of the catalogue

  const rating::Deck* deck(const std::optional<RatePlanId>& id) const;
  const domain::Number* number(std::string_view e164) const;
  Source source(std::uint32_t owner) const;
  const Lists* lists_of(const Uuid& owner) const;

  void compile_tariffs(const Snapshot* previous, WallTime at, Currency base);  // rules.cpp
  void compile_lists();
  void compile_destinations();
  void compile_changes(WallTime at);
  void compile_decks(const Snapshot* previous);
  void compile_endpoints();
  void compile_partitions();
  void compile_cost_tables(const Snapshot* previous, const SnapshotLimits& limits,
                           WallTime at);  // cost_tables.cpp
  void compile_accounts();
  void compile_numbers();
  void compile_sources();
  void compile_credentials();                           // credentials.cpp
  void compile_number_rules(const Snapshot* previous);  // number_rules.cpp
  void compile_locations();
};

}  // namespace warp::routing
