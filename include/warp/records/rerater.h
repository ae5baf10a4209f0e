// Rerater: goes through past calls with other prices: for a preview, which only counts, or for a run, which
// corrects. The prices come from outside. On the control pool; a chunk of calls is in memory at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "warp/domain/call_record.h"
#include "warp/store/record_repository.h"
#include "warp/store/rerates.h"

namespace warp::records {

// What its customer would pay for a call of the past; nullopt: nobody can say.
using Repricer = std::function<std::optional<domain::PricedSide>(const domain::CallRecord& record)>;

struct RerateSums {
  std::uint64_t records = 0, changed = 0;
  Money before, after;  // of all that were priced
};
struct RerateReport {
  std::uint64_t seen = 0, changed = 0, unchanged = 0, unpriceable = 0;
  struct OfCustomer : RerateSums {
    Currency currency;
    bool refused = false;  // prepaid, and would be below its limit: not done, or not all of it
  };
  std::map<CustomerId, OfCustomer> customers;
  std::map<std::string, RerateSums> prefixes;  // of the new line; at most 1,000, the rest under "…"
};
std::string to_json(const RerateReport& report);

class Rerater {
 public:
  // After each chunk; false: stop.
  using Progress = std::function<boost::asio::awaitable<bool>(std::uint64_t seen)>;

  Rerater(store::RecordRepository& records, store::RerateRepository& rerates)
      : records_(records), rerates_(rerates) {}

  store::Task<RerateReport> preview(store::RerateScope scope, Repricer reprice, Progress progress);
  // A run that was begun before goes on: what it has corrected stays as it is. A sum that leaves Money's
  // range is Internal.
  store::Task<RerateReport> commit(Uuid run, store::RerateScope scope, Repricer reprice, Progress progress);

 private:
  struct Priced;
  store::Task<RerateReport> go(std::optional<Uuid> run, store::RerateScope scope, Repricer reprice,
                               Progress progress);
  store::Task<void> take(std::optional<Uuid> run, const std::vector<domain::CallRecord>& page,
                         const Repricer& reprice, RerateReport& report);
  store::RecordRepository& records_;
  store::RerateRepository& rerates_;
};

// What an account is charged at that price, by the exchange rate that the call had. nullopt: overflow, or
// another currency.
std::optional<Money> charge_at(const domain::CallRecord& record, const domain::PricedSide& price);

}  // namespace warp::records
