#include "warp/store/emergency_locations.h"

#include "support.h"

#define LOCATION_COLUMNS "e164, customer_id, civic, callback_name, created_at, updated_at"

namespace warp::store {
namespace {

constexpr pg::Query kGetLocation{"store.emergency_location.get",
                                 "SELECT " LOCATION_COLUMNS
                                 " FROM numbers.emergency_locations WHERE e164 = $1"};
constexpr pg::Query kPutLocation{
    "store.emergency_location.put",
    "INSERT INTO numbers.emergency_locations AS l (e164, customer_id, civic, callback_name) "
    "SELECT n.e164, n.customer_id, $2::jsonb, $3 FROM numbers.inventory n WHERE n.e164 = $1 "
    "AND n.customer_id IS NOT NULL AND n.status IN ('held', 'active') "
    "ON CONFLICT (e164) DO UPDATE SET civic = excluded.civic, callback_name = excluded.callback_name "
    "RETURNING " LOCATION_COLUMNS};
constexpr pg::Query kRemoveLocation{
    "store.emergency_location.remove",
    "DELETE FROM numbers.emergency_locations WHERE e164 = $1 RETURNING " LOCATION_COLUMNS};

void read_location(pg::RowReader& row, EmergencyLocation& out) {
  row.next(out.e164);
  row.next(out.customer);
  row.next(out.civic);
  row.next(out.callback_name);
  row.next(out.created_at);
  row.next(out.updated_at);
}

}  // namespace

Task<EmergencyLocation> EmergencyLocationRepository::get(Actor actor, std::string e164) {
  return ask_one<EmergencyLocation>(pool_, scope_of(actor), kGetLocation, pg::Params::of(e164),
                                    read_location);
}

Task<EmergencyLocation> EmergencyLocationRepository::put(Actor actor, std::string e164, std::string civic,
                                                         std::string callback_name) {
  return ask_one<EmergencyLocation>(pool_, scope_of(actor), kPutLocation,
                                    pg::Params::of(e164, civic, callback_name), read_location);
}

Task<EmergencyLocation> EmergencyLocationRepository::remove(Actor actor, std::string e164) {
  return ask_one<EmergencyLocation>(pool_, scope_of(actor), kRemoveLocation, pg::Params::of(e164),
                                    read_location);
}

}  // namespace warp::store
