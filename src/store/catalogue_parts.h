// Parts of the catalogue that are loaded by themselves, each from its own tables, after the rows that they
// complete and in the same transaction.
#pragma once

#include "warp/domain/catalogue.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

Task<void> load_tariffs(pg::Transaction& tx, domain::Catalogue& catalogue);        // schedules, currencies
Task<void> load_routing_rules(pg::Transaction& tx, domain::Catalogue& catalogue);  // lists, destinations
Task<void> load_charging(pg::Transaction& tx, domain::Catalogue& catalogue);       // limits of spending
Task<void> load_number_data(pg::Transaction& tx, domain::Catalogue& catalogue);    // what trunks look up
Task<void> load_billing(pg::Transaction& tx, domain::Catalogue& catalogue);        // accounts that are billed

}  // namespace warp::store
