// The stock: numbers that nobody has yet, searched by customers and kept by operators.
#pragma once

#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/domain/number_stock.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

// A number of the inventory as operators see it.
struct StockRow {
  domain::StockNumber number;
  std::string status;
  std::optional<CustomerId> customer;
  bool poi_locked = false;
  WallTime created_at{}, updated_at{};
};
struct StockFilter {
  std::optional<std::string> status;  // absent: available
  std::optional<std::string> type, state, rate_center, npa;
  std::optional<CustomerId> customer;
  std::string search;  // part of the digits
};
struct StockPatch {
  std::optional<std::string> type, rate_center, locality, state;
  std::optional<std::optional<std::uint16_t>> lata;
  std::optional<Money> monthly, setup;
  std::optional<bool> poi_locked;
};

// Operators only.
class NumberStockRepository {
 public:
  explicit NumberStockRepository(pg::Pool& pool) : pool_(pool) {}
  Task<Paged<domain::StockNumber>> search(Actor actor, domain::StockWish wish);
  Task<domain::StockNumber> available(Actor actor, std::string e164);
  Task<Paged<StockRow>> list(Actor actor, StockFilter filter, Page page);
  Task<StockRow> get(Actor actor, std::string e164);
  Task<StockRow> create(Actor actor, domain::StockNumber number);
  Task<StockRow> update(Actor actor, std::string e164, StockPatch patch);
  Task<StockRow> remove(Actor actor, std::string e164);  // NotFound: it is somebody's
  // All or nothing: Duplicate when one is there already. How many.
  Task<std::uint64_t> import(Actor actor, std::vector<domain::StockNumber> numbers);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
