// SnapshotAccounts: charging::Accounts over the snapshot in force, and the schedules and rates of exchange
// that were read last.
#pragma once

#include <memory>

#include "warp/base/holder.h"
#include "warp/charging/accounts.h"
#include "warp/rating/terms.h"
#include "warp/routing/snapshot.h"
#include "warp/store/spend_limits.h"

namespace warp::app {

class SnapshotAccounts final : public charging::Accounts {
 public:
  explicit SnapshotAccounts(const routing::SnapshotHolder& snapshots) : snapshots_(snapshots) {}

  // Any thread; what is in use stays until its readers have done.
  void renew(store::SpendLimitRepository::Terms terms, WallTime now);

  std::optional<charging::Account> account(CustomerId customer) const override;
  std::optional<std::int64_t> rate(Currency from, Currency to, WallTime when) const override;
  bool open(std::uint16_t schedule, WallTime when) const override;

 private:
  struct Terms {
    std::shared_ptr<const rating::ScheduleBook> schedules;
    rating::FxTable fx;
  };
  const routing::SnapshotHolder& snapshots_;
  Holder<Terms> terms_;
};

}  // namespace warp::app
