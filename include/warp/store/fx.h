// Rates of exchange by date (billing.fx_rates). Operators only.
#pragma once

#include <string>

#include "warp/domain/tariff_rows.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct FxRate {
  domain::FxRow row;
  std::string source;
  WallTime created_at{};
};

class FxRepository {
 public:
  explicit FxRepository(pg::Pool& pool) : pool_(pool) {}
  Task<Paged<FxRate>> list(Actor actor, Page page);  // newest first
  // A rate that has begun is in records already: Duplicate when there is one of the pair from that moment on.
  Task<FxRate> add(Actor actor, domain::FxRow row, std::string source);
  // Only one that has not begun; NotFound else.
  Task<FxRate> remove(Actor actor, Currency from, Currency to, WallTime effective_from);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
