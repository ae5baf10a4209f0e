// Orders for many numbers: each has an id that its caller chose, and is done once.
#pragma once

#include <array>
#include <cstddef>

#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct Procurement {
  enum class State : std::uint8_t {
    New,
    Repeat,  // this order was done before: its results
    Reused,  // the id is another order's
  };
  State state = State::New;
  std::string results = "[]";  // JSON: [{"tn", "code"}]; an empty code is a success
};

class ProcurementRepository {
 public:
  explicit ProcurementRepository(pg::Pool& pool) : pool_(pool) {}
  // Operators only. `items`, JSON: [{"tn", "e164", "trunk_id", "friendly_name", "description", "fresh"}]. All
  // in one transaction, with what the numbers cost once; one that cannot be had stops no other.
  Task<Procurement> place(Actor actor, CustomerId customer, Uuid id, std::string note,
                          std::array<std::byte, 32> digest, std::string items);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
