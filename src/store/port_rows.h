// What is written with a change of a port request.
#pragma once

#include "warp/store/ports.h"

#include "support.h"

namespace warp::store {

inline constexpr pg::Query kPortDeed{
    "store.port.deed",
    "WITH touched AS (UPDATE porting.requests SET submitted_at = CASE WHEN $4::boolean THEN "
    "coalesce(submitted_at, now()) ELSE submitted_at END, desired_due_date = coalesce($5::date, "
    "desired_due_date), updated_at = now() WHERE id = $1 RETURNING id, customer_id) "
    "INSERT INTO porting.history (request_id, customer_id, action, details) SELECT id, customer_id, $2, "
    "$3::jsonb FROM touched RETURNING true"};

inline pg::Statement deed_of(const Uuid& id, const PortDeed& deed) {
  return {&kPortDeed, pg::Params::of(id, deed.action, deed.details, deed.submitted, deed.due_date)};
}

inline void next_port_document(pg::RowReader& row, domain::PortDocument& out) {
  out = domain::PortDocument::parse(row.next<std::string_view>(), nullptr, false);
  if (out.is_discarded()) row.fail();
}
inline std::string port_text(const domain::PortDocument& value) {
  return value.dump(-1, ' ', false, domain::PortDocument::error_handler_t::replace);
}

}  // namespace warp::store
