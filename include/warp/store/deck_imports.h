// Imports of decks: a file becomes a deck that is not in force, with what it would change; then somebody
// publishes it, at once or for a moment to come, or throws it away. Operators only; the daemon itself loads.
//
// Of one plan only the import that was made against the version in force can be published.
#pragma once

#include <optional>
#include <string>

#include "warp/pg/pool.h"
#include "warp/store/common.h"
#include "warp/store/rate_plans.h"

namespace warp::store {

struct DeckImport {
  Uuid id;
  RatePlanId plan;
  std::optional<std::int64_t> deck;
  std::uint64_t base_version = 0;
  std::string source;
  // loading, ready, scheduled, published, rolled_back, refused, discarded. What was scheduled is published as
  // soon as its moment has come.
  std::string state;
  std::string mode;  // REPLACE: the file is the whole deck; MERGE: its lines go before those there are
  std::string mapping = "{}";  // as given
  std::optional<Uuid> job;
  std::uint64_t octets = 0, lines = 0, done = 0;  // done: lines stored so far
  std::string diff = "{}", errors = "[]";
  std::optional<WallTime> effective_at;
  std::string created_by;
  WallTime created_at{}, updated_at{};
};
struct NewDeckImport {
  RatePlanId plan;
  std::string source, mode = "REPLACE", mapping = "{}";
};

enum class PublishRefusal : std::uint8_t {
  None,
  NotReady,      // it is not in state ready
  Stale,         // the plan's lines changed since the import was made
  MarginAlarms,  // it has some, and they were not confirmed
  NotInForce     // of a roll-back: another deck is
};
struct Publication {
  PublishRefusal refusal = PublishRefusal::None;
  DeckImport import;
};

class DeckImportRepository {
 public:
  explicit DeckImportRepository(pg::Pool& pool) : pool_(pool) {}
  Task<Paged<DeckImport>> list(Actor actor, RatePlanId plan, Page page);  // newest first
  Task<DeckImport> get(Actor actor, Uuid id);
  // In state loading, against the version in force.
  Task<DeckImport> create(Actor actor, NewDeckImport import);
  Task<void> set_job(Actor actor, Uuid id, Uuid job, std::uint64_t octets);

  // The end of the loading, by the daemon.
  Task<void> ready(Uuid id, std::int64_t deck, std::uint64_t lines, std::string diff);
  Task<void> refuse(Uuid id, std::string errors);

  // Prefixes of all thousand-blocks and exchanges there (numbers.blocks); what is empty or 0 is not asked
  // for.
  Task<std::vector<std::string>> prefixes_of(std::string state, std::uint32_t lata, std::string ocn,
                                             std::string rate_centre);

  // Without `effective_at` at once. With it the lines in force end at that moment and those of the import
  // begin: one deck, switched to now. Lines of the import that begin later keep their time.
  Task<Publication> publish(Actor actor, Uuid id, std::optional<WallTime> effective_at, bool confirm_margins);
  // Back to the deck before it, also before its moment has come.
  Task<Publication> roll_back(Actor actor, Uuid id);
  Task<Publication> discard(Actor actor, Uuid id);  // of one that is ready or refused; its deck goes

 private:
  pg::Pool& pool_;
};

// How the columns of a carrier's files become those of a deck, by name (billing.deck_mappings).
struct DeckMappingRow {
  std::string name, mapping = "{}";
  WallTime updated_at{};
};

class DeckMappingRepository {
 public:
  explicit DeckMappingRepository(pg::Pool& pool) : pool_(pool) {}
  Task<std::vector<DeckMappingRow>> list(Actor actor);
  Task<DeckMappingRow> get(Actor actor, std::string name);
  Task<DeckMappingRow> put(Actor actor, std::string name, std::string mapping);
  Task<DeckMappingRow> remove(Actor actor, std::string name);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
