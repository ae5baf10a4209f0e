// Where the calls of a number go one after another, when the one before did not take them. A tenant's own.
#pragma once

#include "warp/domain/tariff_rows.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

inline constexpr std::size_t kMostDestinations = 10;

class DestinationRepository {
 public:
  explicit DestinationRepository(pg::Pool& pool) : pool_(pool) {}
  // By position. NotFound: no such number, or another tenant's.
  Task<std::vector<domain::Destination>> list(Actor actor, std::string e164);
  // All of them anew, in one transaction; positions are given by their order. NotFound as above.
  Task<std::vector<domain::Destination>> replace(Actor actor, std::string e164,
                                                 std::vector<domain::Destination> destinations);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
