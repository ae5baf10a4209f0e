// Loads the whole catalogue for the snapshot builder, as it stands at one moment (one repeatable-read
// transaction).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "warp/base/clock.h"
#include "warp/domain/catalogue.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

class CatalogueRepository {
 public:
  CatalogueRepository(pg::Pool& pool, const Clock& clock) : pool_(pool), clock_(clock) {}

  // `previous` (may be null) lends the lines of the plans whose version did not change: only new versions are
  // read. One load at a time. Rows that the domain cannot hold are an Internal error that names them.
  Task<std::shared_ptr<const domain::Catalogue>> load(std::shared_ptr<const domain::Catalogue> previous);

 private:
  pg::Pool& pool_;
  const Clock& clock_;
  std::uint64_t loads_ = 0;
};

}  // namespace warp::store
