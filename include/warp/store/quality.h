// What providers' calls came to of late, by the hour and kind of number (records.quality_hourly).
#pragma once

#include "warp/base/clock.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct QualityRow {
  WallTime hour{};
  ProviderId provider;
  std::string prefix;
  std::uint64_t attempts = 0, answered = 0, network_ok = 0, short_calls = 0, seconds = 0, pdd_ms = 0;
};

class QualityRepository {
 public:
  explicit QualityRepository(pg::Pool& pool) : pool_(pool) {}
  Task<std::vector<QualityRow>> since(Actor actor, WallTime from);
  // Sums since then, of one provider or of all, the most attempts first; `hour` is the latest.
  Task<Paged<QualityRow>> sums(Actor actor, WallTime from, std::optional<ProviderId> provider, Page page);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
