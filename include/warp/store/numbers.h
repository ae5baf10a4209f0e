// Telephone numbers. Operators stock and assign them; a tenant sees, names and routes its own.
#pragma once

#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/domain/number_stock.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct Number {
  std::string e164;
  std::optional<CustomerId> customer;
  std::optional<TrunkId> trunk;
  std::optional<RatePlanId> rate_plan;
  std::string status;  // available, held, active, released
  std::string type;    // did, tfn
  std::string friendly_name, description;
  WallTime created_at{}, updated_at{};
  std::string rate_center, locality, state;
  std::optional<WallTime> assigned_at;
  Money monthly, setup;
  bool poi_locked = false;
  bool cnam_enabled = false, e911_enabled = false;
  std::string cnam_display_name;
};
struct NewNumber {
  std::string e164;
  std::string type = "did";
  std::optional<CustomerId> customer;  // absent: stock
  std::optional<TrunkId> trunk;
  std::optional<RatePlanId> rate_plan;
  std::string friendly_name, description;
};
struct NumberPatch {
  std::optional<std::string> friendly_name, description;
  std::optional<std::string> status;  // held, active, released
  Nullable<TrunkId> trunk;            // set: a held number becomes active
  Nullable<RatePlanId> rate_plan;     // operators only
  std::optional<bool> cnam_enabled, e911_enabled;
  std::optional<std::string> cnam_display_name;
};
struct NumberWish {
  std::string e164;
  CustomerId customer;
  std::optional<TrunkId> trunk;
  std::string friendly_name, description;
  std::string reference;  // of what it costs once, in the ledger
};
struct NumberFilter {
  std::optional<CustomerId> customer;
  std::optional<std::string> status;  // absent: all but released; "all": all
  std::optional<std::string> type;
  std::string search;            // part of the digits or of the names
  std::optional<bool> routed;    // has a trunk
  std::optional<bool> messaged;  // its messages go somewhere
};

class NumberRepository {
 public:
  explicit NumberRepository(pg::Pool& pool) : pool_(pool) {}
  Task<Paged<Number>> list(Actor actor, NumberFilter filter, Page page);  // by digits
  Task<Number> get(Actor actor, std::string e164);
  Task<Number> create(Actor actor, NewNumber number);
  Task<Number> update(Actor actor, std::string e164, NumberPatch patch);
  // From stock, or released, to a customer, with what it costs once; operators only. Empty, or the code of
  // what forbids it: TN_UNAVAILABLE, TN_ALREADY_ASSIGNED, INSUFFICIENT_FUNDS.
  Task<std::string> take(Actor actor, NumberWish wish);
  // Puts a number into the stock unless it is known; operators only.
  Task<bool> stock(Actor actor, domain::StockNumber number);
  // Ends the holder's use of it (of `customer` alone, when given): no routing, no rent, not listed unless
  // asked for. It can be assigned anew. Operators only. Empty, or TN_NOT_OWNED, POI_LOCKED.
  Task<std::string> release(Actor actor, std::string e164, std::optional<CustomerId> customer);
  Task<Number> remove(Actor actor, std::string e164);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
