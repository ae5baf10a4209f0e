// What a simulation of routing works on: past calls, and decks that are not in force.
#pragma once

#include "warp/base/clock.h"
#include "warp/domain/catalogue.h"
#include "warp/domain/jurisdiction.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"
#include "warp/store/rate_plans.h"

namespace warp::store {

struct PastCall {
  Uuid id;
  WallTime setup_at{};
  TrunkId trunk;
  std::string ani, dni;  // E.164
  std::uint64_t duration_us = 0;
  bool answered = false;
  domain::Jurisdiction jurisdiction = domain::Jurisdiction::Unknown;
  std::string routing, rated;  // as CallNumbers has them
  bool known = false;          // jurisdiction and numbers were kept with the record
};

struct ImportedDeck {
  RatePlanId plan;
  DeckLines rates;
};

class SimulationRepository {
 public:
  explicit SimulationRepository(pg::Pool& pool) : pool_(pool) {}
  // Outbound calls that a customer made, without those between customers, in order; after the given one.
  Task<std::vector<PastCall>> calls(Actor actor, WallTime from, WallTime to, WallTime after, Uuid after_id,
                                    std::uint32_t limit);
  Task<std::uint64_t> count(Actor actor, WallTime from, WallTime to);
  // NotFound: no such import, or one that has no lines.
  Task<ImportedDeck> imported(Actor actor, Uuid import_id);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
