#include "shown_parts.h"

#include "warp/domain/jurisdiction.h"

namespace warp::api {

void put_place(Json& out, const domain::NumberPlace& place) {
  out["country"] = place.country;
  out["state"] = place.state;
  out["lata"] = place.lata;
  out["ocn"] = place.ocn;
  out["rate_centre"] = place.rate_centre;
}

void put_priced_line(Json& out, const domain::PricedSide& side) {
  out["rate_plan_id"] = side.plan.to_string();
  out["rate_plan_version"] = side.plan_version;
  out["prefix"] = side.prefix;
  out["per_minute"] = money(side.per_minute);
  out["setup_fee"] = money(side.setup_fee);
}

void put_extras(Json& out, const domain::PricedSide& side) {
  out["jurisdiction"] = domain::to_string(side.jurisdiction);
  out["attempt_fee"] = money(side.attempt_fee);
  out["surcharge"] = money(side.surcharge);
  out["free_seconds"] = side.free_seconds;
}

}  // namespace warp::api
