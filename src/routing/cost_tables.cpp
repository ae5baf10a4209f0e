// Which partitions get a cost table, and which of them share one.
#include <algorithm>
#include <unordered_set>

#include "asked.h"
#include "snapshot_impl.h"

namespace warp::routing {
namespace {

using rating::CostTable;
using rating::Deck;
using rating::JurisdictionCosts;
using Decks = std::vector<std::shared_ptr<const Deck>>;
using Tables = std::vector<std::shared_ptr<const JurisdictionCosts>>;

// For one or two decks a row is no faster than the decks themselves.
constexpr std::size_t kFewestDecks = 3;
// A table may have that many times the decks that a partition needs: its rows are longer then.
constexpr std::size_t kWidest = 2;
// However small the decks are.
constexpr std::size_t kLeastOctets = std::size_t{64} << 20;

struct Wish {
  PartitionTable* partition;
  std::vector<const Deck*> decks;  // ascending, each once
};

std::vector<const Deck*> decks_of(const PartitionTable& table) {
  std::vector<const Deck*> decks;
  for (const auto& target : table.targets)
    if (target.deck) decks.push_back(target.deck);
  std::sort(decks.begin(), decks.end());
  decks.erase(std::unique(decks.begin(), decks.end()), decks.end());
  return decks;
}

const CostTable& any_of(const JurisdictionCosts& tables) {
  return *tables.of(domain::Jurisdiction::Unknown);
}

bool covers(const CostTable& table, std::span<const Deck* const> wanted) {
  if (table.decks().size() > kWidest * wanted.size()) return false;
  std::unordered_set<const Deck*> has;
  for (const auto& deck : table.decks())
    has.insert(deck.get());
  return std::all_of(wanted.begin(), wanted.end(), [&](const Deck* deck) { return has.contains(deck); });
}

std::shared_ptr<const JurisdictionCosts> covering(const Tables& tables, std::span<const Deck* const> wanted) {
  const auto found = std::find_if(tables.begin(), tables.end(),
                                  [&](const auto& table) { return covers(any_of(*table), wanted); });
  return found == tables.end() ? nullptr : *found;
}

bool groups_fit(const PartitionTable& table) {
  for (std::size_t at = 0; at + 1 < table.first.size(); ++at)
    if (table.first[at + 1] - table.first[at] >= DeckTargets::kNone) return false;
  return true;
}

}  // namespace

const CostTable* PartitionTable::table_for(const Asked& asked) const {
  const bool one_number = (costs_fit_ported || !asked.ported) && !asked.by_origin;
  return costs && one_number ? costs->of(asked.jurisdiction) : nullptr;
}

void PartitionTable::use(std::shared_ptr<const JurisdictionCosts> tables) {
  costs = std::move(tables);
  const auto all = any_table().decks();
  costs_by_lrn = all.front()->plan().match_lrn;
  costs_fit_ported = std::all_of(all.begin(), all.end(),
                                 [this](const auto& deck) { return deck->plan().match_lrn == costs_by_lrn; });
  const std::size_t width = all.size();
  std::unordered_map<const Deck*, std::size_t> slots;
  for (std::size_t slot = 0; slot < width; ++slot)
    slots.emplace(all[slot].get(), slot);
  first_of_deck.assign((first.size() - 1) * width, DeckTargets::kNone);
  next_of_deck.assign(targets.size(), DeckTargets::kNone);
  for (std::size_t at = 0; at + 1 < first.size(); ++at)
    // From the last to the first, so that the chains run forwards.
    for (std::uint32_t target = first[at + 1]; target-- > first[at];) {
      if (!targets[target].deck) continue;
      auto& head = first_of_deck[at * width + slots.at(targets[target].deck)];
      next_of_deck[target] = head;
      head = static_cast<std::uint16_t>(target - first[at]);
    }
}

void Snapshot::Impl::compile_cost_tables(const Snapshot* previous, const SnapshotLimits& limits,
                                         WallTime at) {
  std::vector<Wish> wishes;
  for (auto& [id, partition] : partitions)
    if (auto wanted = decks_of(partition); wanted.size() >= kFewestDecks && groups_fit(partition))
      wishes.push_back({&partition, std::move(wanted)});
  // Those that want most come first: others may be served by theirs.
  std::sort(wishes.begin(), wishes.end(),
            [](const Wish& a, const Wish& b) { return a.decks.size() > b.decks.size(); });

  std::unordered_map<const Deck*, std::shared_ptr<const Deck>> present;
  std::size_t octets = 0;
  for (const auto& [id, deck] : decks) {
    present.emplace(deck.get(), deck);
    octets += deck->memory_octets();
  }
  std::size_t left = limits.cost_table_octets.value_or(std::max(octets / 2, kLeastOctets));
  Tables lent;
  for (const auto& table : previous ? previous->impl_->cost_tables : Tables())
    if (at < table->changes_at() &&
        std::all_of(any_of(*table).decks().begin(), any_of(*table).decks().end(),
                    [&](const auto& deck) { return present.contains(deck.get()); }))
      lent.push_back(table);

  for (const auto& wish : wishes) {
    auto table = covering(cost_tables, wish.decks);
    if (!table) {
      table = covering(lent, wish.decks);
      if (!table) {
        Decks wanted;
        for (const auto* deck : wish.decks)
          wanted.push_back(present.at(deck));
        auto made = JurisdictionCosts::compile(std::move(wanted), at, left);
        if (!made.of(domain::Jurisdiction::Unknown)) continue;
        table = std::make_shared<const JurisdictionCosts>(std::move(made));
      }
      left -= std::min(left, table->memory_octets());
      cost_tables.push_back(table);
    }
    wish.partition->use(std::move(table));
  }
}

}  // namespace warp::routing
