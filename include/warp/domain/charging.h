// ChargingPort: money for calls, held before they start and taken when they end. Thread-safe; never waits.
// Implemented by charging.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "warp/base/executor.h"
#include "warp/domain/call_record.h"
#include "warp/domain/charge.h"

namespace warp::domain {

using LeaseId = StrongId<struct LeaseTag>;

// Money that is held for one call. Nil lease: nothing is; unlimited: no cover ends it. `reserved` and what is
// charged are in the account's currency, of so many decimals; `fx_pico` of it for one of the price's, 1e-12.
struct Hold {
  LeaseId lease;
  Money reserved;
  std::chrono::seconds covered{0};
  bool unlimited = false;
  Currency currency = {};
  std::int64_t fx_pico = 1'000'000'000'000;
  std::uint8_t decimals = 6;

  bool made() const { return unlimited || covered.count() > 0 || !lease.is_nil(); }
};

struct ChargeRequest {
  CallId call;
  CustomerId customer;
  TrunkId trunk;
  Direction direction;
  std::string ani, dni;
  PricedSide price;
  std::chrono::seconds longest{0};
  WallTime at{};
};

// `note`: the rule, for the record.
struct ChargeVerdict {
  Reason refusal = Reason::NormalClearing;
  Hold hold;
  std::string note;
};

class ChargingPort {
 public:
  virtual ~ChargingPort() = default;
  using Done = std::function<void(ChargeVerdict)>;
  // A verdict at once (then `done` is dropped), or nullopt and `done` is posted to `where` within
  // charging.grant_timeout.
  virtual std::optional<ChargeVerdict> reserve(ChargeRequest request, Executor& where, Done done) = 0;
  // More cover for a call in progress: `hold` as it shall stand. A refusal leaves the old hold as it was.
  // When the new one is of another lease, the caller releases the old one.
  virtual std::optional<ChargeVerdict> extend(const ChargeRequest& request, const Hold& hold, Executor& where,
                                              Done done) = 0;
  virtual void release(const Hold& hold) = 0;  // nothing is charged
  // The final record is in the journal: the rest is free again, usage is counted.
  virtual void settled(const Hold& hold, Money charged, const CallRecord& record) = 0;
  // Of a call that an earlier process of this node began.
  virtual Hold adopt(const Charge& of_draft, CustomerId customer) = 0;
};

}  // namespace warp::domain
