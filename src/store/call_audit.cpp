#include "warp/store/call_audit.h"

#include "support.h"

namespace warp::store {
namespace {

constexpr pg::Query kRecordCallAct{"store.call_audit.record",
                                   "SELECT audit.append($1, $2, 'call', $3, NULL, NULL, NULL)"};

}  // namespace

Task<void> CallAuditRepository::record(Actor actor, CustomerId customer, std::string event, CallId call) {
  actor.customer.reset();  // the trail is the operator's to write
  const auto done = co_await pool_.query(scope_of(actor), kRecordCallAct,
                                         pg::Params::of(customer, event, call.to_string()));
  if (!done) co_return error_of(done.error());
  co_return Expected<void>();
}

}  // namespace warp::store
