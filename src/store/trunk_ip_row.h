// A row of trunks.ip_whitelist, in the order of TRUNK_IP_COLUMNS.
#pragma once

#include "warp/store/trunks.h"

#include "support.h"

#define TRUNK_IP_COLUMNS "id, trunk_id, cidr, port, transport, description, enabled, created_at"

namespace warp::store {

inline void read_trunk_ip(pg::RowReader& row, TrunkIp& out) {
  row.next(out.id);
  row.next(out.trunk);
  next_cidr(row, out.cidr);
  next_match(row, out.match);
  row.next(out.description);
  row.next(out.enabled);
  row.next(out.created_at);
}

}  // namespace warp::store
