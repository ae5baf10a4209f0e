// Rate plans, their decks, and contracts. Operators only; a tenant may read its own contracts.
//
// A plan's lines are one deck. publish() loads a new deck beside the one in force and switches to it together
// with the version: readers see the old lines or the new ones, never a mixture. Every change of lines makes a
// new version.
#pragma once

#include <functional>
#include <memory>

#include "warp/base/clock.h"
#include "warp/domain/catalogue.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

// How calls find its lines, and what they must leave over.
struct RatePlanMatching {
  std::optional<domain::Jurisdiction> unknown_as = domain::Jurisdiction::Interstate;  // nullopt: refused
  bool match_lrn = false, toll_free_by_origin = false;
  Money minimum_margin{};  // a minute
  std::int64_t minimum_margin_e9 = 0;
};
struct RatePlan {
  RatePlanId id;
  std::string name, description;
  domain::RatePlanKind kind = domain::RatePlanKind::Customer;
  Currency currency;
  Rounding rounding = Rounding::HalfUp;
  std::uint32_t decimals = 6;
  bool allow_below_cost = false;
  std::uint64_t version = 0;
  std::optional<std::int64_t> deck;
  WallTime created_at{}, updated_at{};
  RatePlanMatching matching;
  std::optional<RatePlanId> cloned_from;
};
struct NewRatePlan {
  std::string name, description;
  domain::RatePlanKind kind = domain::RatePlanKind::Customer;
  Currency currency;
  Rounding rounding = Rounding::HalfUp;
  std::uint32_t decimals = 6;
  bool allow_below_cost = false;
  RatePlanMatching matching = {};
  std::optional<RatePlanId> cloned_from = {};
};
struct RatePlanPatch {
  std::optional<std::string> name, description;
  std::optional<Rounding> rounding;
  std::optional<std::uint32_t> decimals;
  std::optional<bool> allow_below_cost;
  Nullable<domain::Jurisdiction> unknown_as;
  std::optional<bool> match_lrn, toll_free_by_origin;
  std::optional<Money> minimum_margin;
  std::optional<std::int64_t> minimum_margin_e9;
};

using DeckLines = std::shared_ptr<const std::vector<domain::Rate>>;

class RatePlanRepository {
 public:
  explicit RatePlanRepository(pg::Pool& pool) : pool_(pool) {}
  Task<Paged<RatePlan>> list(Actor actor, Page page);  // by name
  Task<RatePlan> get(Actor actor, RatePlanId id);
  Task<RatePlan> create(Actor actor, NewRatePlan plan);
  Task<RatePlan> update(Actor actor, RatePlanId id, RatePlanPatch patch);  // a new version, too
  Task<RatePlan> remove(Actor actor, RatePlanId id);  // InUse while anything is priced by it

  // Lines of the deck in force, by prefix. `prefix`: those that begin with it.
  Task<Paged<domain::Rate>> rates(Actor actor, RatePlanId id, std::string prefix, Page page);
  // Replaces all lines. Duplicate when two lines have one prefix, effective_from, set of jurisdictions
  // and schedule; the message names them.
  Task<RatePlan> publish(Actor actor, RatePlanId id, std::shared_ptr<const std::vector<domain::Rate>> lines,
                         std::string source);
  // The same, with lines made as they are sent: `next` fills one line, or returns false at the end. Called on
  // the pool's strand; must not block.
  Task<RatePlan> publish(Actor actor, RatePlanId id, std::function<bool(domain::Rate&)> next,
                         std::string source);
  // The lines of the deck in force for a reader that takes them as they come: from `after`, at most `most`,
  // by prefix, effective_from, jurisdictions and schedule.
  struct RateCursor {
    std::string prefix;
    WallTime effective_from{};
    domain::Jurisdictions jurisdictions = 0;
    std::uint16_t schedule = 0;
  };
  Task<std::vector<domain::Rate>> rates_after(Actor actor, std::int64_t deck, std::optional<RateCursor> after,
                                              std::uint32_t most);
  // All lines of a deck.
  Task<DeckLines> lines_of(Actor actor, std::int64_t deck);
  // A new deck that is not in force, for store/deck_imports.h. `next` as in publish(). Its id.
  Task<std::int64_t> load(Actor actor, RatePlanId id, std::function<bool(domain::Rate&)> next,
                          std::string source);

  // Adds or replaces single lines (by prefix, effective_from, jurisdictions and schedule).
  Task<RatePlan> put_rates(Actor actor, RatePlanId id, std::vector<domain::Rate> lines);
  // Takes all lines of these prefixes away.
  Task<RatePlan> remove_rates(Actor actor, RatePlanId id, std::vector<std::string> prefixes);
  // Back to the deck before the one in force; NotFound when it has been purged.
  Task<RatePlan> roll_back(Actor actor, RatePlanId id);
  // Deletes the decks of all plans but the one in force and `keep` before it. How many went.
  Task<std::uint64_t> purge_decks(Actor actor, std::uint32_t keep);

 private:
  pg::Pool& pool_;
};

struct Contract {
  Uuid id;
  CustomerId customer;
  RatePlanId rate_plan;
  WallTime starts_at{};
  std::optional<WallTime> ends_at;
  WallTime created_at{};
};

class ContractRepository {
 public:
  explicit ContractRepository(pg::Pool& pool) : pool_(pool) {}
  Task<std::vector<Contract>> list(Actor actor, CustomerId customer);  // newest first
  // The customer pays by `plan` from `starts_at` (absent: now) on; the open contract ends then. Invalid when
  // the open one begins later than that.
  Task<Contract> assign(Actor actor, CustomerId customer, RatePlanId plan, std::optional<WallTime> starts_at);
  // Ends the open contract now; NotFound when there is none.
  Task<Contract> end(Actor actor, CustomerId customer);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
