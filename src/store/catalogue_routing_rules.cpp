#include "catalogue_parts.h"

namespace warp::store {

Task<void> load_routing_rules(pg::Transaction&, domain::Catalogue&) {
  co_return Expected<void>();
}

}  // namespace warp::store
