// Telephone numbers. Operators stock and assign them; a tenant sees, names and routes its own.
#pragma once

#include "warp/base/clock.h"
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
  // From stock, or released, to a customer; operators only. NotFound when it is somebody's.
  Task<Number> assign(Actor actor, std::string e164, CustomerId customer, std::optional<TrunkId> trunk);
  // Ends the customer's use of it: no routing, not listed unless asked for. It can be assigned anew.
  Task<Number> release(Actor actor, std::string e164);
  Task<Number> remove(Actor actor, std::string e164);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
