// Accounts: what charging needs to know of customers beside their money. Implemented over the snapshot.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/base/uuid.h"
#include "warp/domain/tariff_rows.h"

namespace warp::charging {

struct Account {
  Currency currency;
  std::uint8_t decimals = 6;
  bool active = true;
  bool unlimited = false;  // postpaid without a credit limit: nothing is held
  std::span<const domain::SpendLimit> limits;
  std::shared_ptr<const void> keeps;  // what `limits` lies in
};

class Accounts {
 public:
  virtual ~Accounts() = default;
  // Any thread. nullopt: there is no such customer.
  virtual std::optional<Account> account(CustomerId customer) const = 0;
  // Units of `to` for one `from`, 1e-12; nullopt: there is no rate.
  virtual std::optional<std::int64_t> rate(Currency from, Currency to, WallTime when) const = 0;
  virtual bool open(std::uint16_t schedule, WallTime when) const = 0;
};

}  // namespace warp::charging
