// Re-ratings: runs over past calls at other prices, and the corrections that they made.
// docs/billing/records.md says how.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "warp/base/clock.h"
#include "warp/domain/call_record.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

// The filter of a run. Emergency calls, calls of nobody and calls in another currency are passed over.
struct RerateScope {
  WallTime from{}, to{};  // set-up in [from, to)
  std::optional<CustomerId> customer;
  std::optional<TrunkId> trunk;
  std::string prefix;  // of the called number; empty: any
};
std::string to_json(const RerateScope& scope);
std::optional<RerateScope> parse_rerate_scope(std::string_view json);

struct Rerate {
  Uuid id;
  std::string state;         // preview, running, done, cancelled
  std::string scope = "{}";  // JSON of a RerateScope
  std::optional<RatePlanId> plan;
  std::uint64_t plan_version = 0;  // at the preview; 0: there was none yet
  std::string summary = "{}";      // JSON
  std::string created_by;
  WallTime created_at{};
};

// One call at its new price.
struct NewPrice {
  RecordId record;
  WallTime setup_at{};
  Money after;               // in the account's currency
  std::string price = "{}";  // JSON: how it came about
};

struct Corrected {
  std::uint64_t changed = 0;
  Money before, after;   // of those that changed
  bool refused = false;  // a prepaid account would be below its limit: nothing was done
};

class RerateRepository {
 public:
  explicit RerateRepository(pg::Pool& pool) : pool_(pool) {}

  Task<Rerate> create(Actor actor, RerateScope scope, std::optional<RatePlanId> plan);
  Task<Rerate> get(Actor actor, Uuid id);
  Task<Paged<Rerate>> list(Actor actor, Page page);
  // Of a preview, or of a run under way.
  Task<void> note(Uuid id, std::uint64_t plan_version, std::string summary);
  // preview to running. Duplicate: another run is under way; NotFound: it is no preview.
  Task<void> start(Actor actor, Uuid id);
  // running to done, or, of what could not be done at all, to cancelled.
  Task<void> finish(Uuid id, std::string summary, bool cancelled = false);
  Task<void> cancel(Actor actor, Uuid id);  // NotFound: it is no preview

  // What the calls cost now: by the last correction of each, else as they were charged. In the order of
  // `records`.
  Task<std::vector<Money>> standing(std::vector<RecordId> records, std::vector<WallTime> setups);
  // Of one customer, in one transaction; those that this run has changed already are left alone.
  Task<Corrected> correct(Uuid run, CustomerId customer, std::vector<NewPrice> prices);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
