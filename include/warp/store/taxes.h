// What is sold (SKUs), and the taxes on it. Operators only.
#pragma once

#include "warp/base/clock.h"
#include "warp/billing/invoice.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct TaxRow {
  std::string region;
  billing::TaxRate rate;
  std::string effective_from;  // "2026-01-01"
};

class TaxRepository {
 public:
  explicit TaxRepository(pg::Pool& pool) : pool_(pool) {}
  Task<std::vector<TaxRow>> list(Actor actor, std::string region);  // empty: all
  // Replaces that of the same region, code, name and date.
  Task<TaxRow> put(Actor actor, TaxRow row);
  Task<TaxRow> remove(Actor actor, TaxRow row);

  Task<std::vector<billing::Sku>> skus(Actor actor);
  // Of a new code, or in place of what it was; its kind (usage, recurring, once) stays.
  Task<billing::Sku> put_sku(Actor actor, billing::Sku sku);
  Task<billing::Sku> remove_sku(Actor actor, std::string code);  // InUse while something is charged by it

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
