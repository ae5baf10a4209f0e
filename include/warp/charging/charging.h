// Charging: domain::ChargingPort over the leases of this process. What a call may cost is reserved before it
// is tried, extended while it lasts, and settled when its record is in the journal.
//
// Any thread calls the port; `control` runs the steward.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/metrics.h"
#include "warp/charging/accounts.h"
#include "warp/charging/cover.h"
#include "warp/charging/lease_book.h"
#include "warp/charging/spend_watch.h"
#include "warp/charging/steward.h"
#include "warp/domain/charging.h"

namespace warp::charging {

struct ChargingSettings {
  std::chrono::seconds reserve{60};  // of a call, at a time
  std::chrono::milliseconds grant_timeout{500};
  // Longer than the journal keeps a record back for others: what is free again must not be missing when the
  // process dies before its record is on disk.
  std::chrono::milliseconds settle_after{250};
};

class Charging final : public domain::ChargingPort {
 public:
  Charging(LeaseBook& book, Steward& steward, SpendWatch& watch, const Accounts& accounts, const Clock& clock,
           Executor& control, const ChargingSettings& settings, metrics::Registry& metrics);

  std::optional<domain::ChargeVerdict> reserve(domain::ChargeRequest request, Executor& where,
                                               Done done) override;
  std::optional<domain::ChargeVerdict> extend(const domain::ChargeRequest& request, const domain::Hold& hold,
                                              Executor& where, Done done) override;
  void release(const domain::Hold& hold) override;
  void settled(const domain::Hold& hold, Money charged, const domain::CallRecord& record) override;
  domain::Hold adopt(const domain::Charge& of_draft, CustomerId customer) override;

  // On the control loop, every 50 ms or so: what settled() was told long enough ago. `all`: whatever it was.
  // False: nothing is left that will be due.
  bool settle_due(bool all = false);

 private:
  struct Ended {
    CustomerId customer;
    domain::LeaseId lease;
    Money reserved, charged;
    Monotonic due{};
  };
  // One reservation on its way: what the verdict is made of when the money is there.
  struct Asked {
    domain::PricedSide price;
    domain::Hold hold;  // without what is asked for
    std::chrono::seconds most{0};
    std::string note;
  };
  using Verdict = domain::ChargeVerdict;

  Verdict refuse(domain::Reason reason, std::string note = {});
  std::optional<Verdict> ask(Asked asked, const LeaseBook::Taken& taken, Steward::Waiter waiter,
                             Executor& where, Done done);
  static Verdict held(const Asked& asked, const LeaseBook::Taken& taken);
  static Exchange exchange_of(const domain::Hold& hold) { return {hold.fx_pico, hold.decimals}; }

  LeaseBook& book_;
  Steward& steward_;
  SpendWatch& watch_;
  const Accounts& accounts_;
  const Clock& clock_;
  Executor& control_;
  const ChargingSettings settings_;
  metrics::Registry& metrics_;
  metrics::Counter &at_once_, &waited_;
  mutable std::mutex mutex_;  // guards ended_
  std::vector<Ended> ended_;
};

}  // namespace warp::charging
