// What new records add to the sums that are kept of them: usage a day, quality an hour, the outbox.
// Statements of the transaction that inserts the records, in this order, after the money: rows are locked in
// the order of their keys.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "warp/domain/call_record.h"
#include "warp/pg/pool.h"

namespace warp::store {

// Those of `batch` whose id is in `fresh`, each once.
std::vector<const domain::CallRecord*> fresh_of(const std::vector<domain::CallRecord>& batch,
                                                const std::vector<std::string>& fresh);
std::vector<pg::Statement> sum_statements(const std::vector<const domain::CallRecord*>& fresh);

// By which prefix a call is counted: the rated one, else the one that qualities are kept by.
std::string usage_prefix(const domain::CallRecord& record);
// The network did its part: answered, or the called side was busy, away or unwilling.
bool network_worked(domain::Reason reason);

}  // namespace warp::store
