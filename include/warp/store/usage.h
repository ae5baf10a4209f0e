// Usage: what was used and charged a day (UTC), as the transactions that store records keep it
// (records.daily_usage_summary). Days are not cut into hours.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "warp/domain/call_record.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

enum class UsageGroup : std::uint8_t { Customer, Trunk, Provider, Prefix, Jurisdiction, Day };
std::string_view to_string(UsageGroup group);  // customer, trunk, …
std::optional<UsageGroup> parse_usage_group(std::string_view text);

struct UsageFilter {
  std::chrono::sys_days from{}, to{};  // days in [from, to)
  std::optional<CustomerId> customer;  // operators: absent is all
  std::optional<TrunkId> trunk;
  std::optional<domain::Direction> direction;
  std::optional<std::string> kind;  // call, message
};

// Sums of one value of the group in one currency. Charge and margin are in it, cost in the base currency.
struct Usage {
  std::string key;                   // an id, prefix, name or YYYY-MM-DD; empty: of none
  std::optional<Currency> currency;  // absent: nothing was priced
  std::uint64_t attempts = 0, answered = 0, network_ok = 0, short_calls = 0;
  std::uint64_t seconds = 0, billed_seconds = 0;
  std::uint64_t pdd_ms = 0, pdd_calls = 0;  // sum, and of how many
  std::uint64_t units = 0;                  // message segments
  Money charge, cost, margin;
};

class UsageRepository {
 public:
  explicit UsageRepository(pg::Pool& pool) : pool_(pool) {}
  // By key, then currency; at most 10,000 rows.
  Task<std::vector<Usage>> sums(Actor actor, UsageFilter filter, UsageGroup group);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
