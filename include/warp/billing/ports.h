// Declared for what comes later; no implementation but the recording one of the tests.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "warp/base/clock.h"
#include "warp/base/money.h"
#include "warp/base/uuid.h"

namespace warp::billing {

struct SkuUsage {
  std::string ban, sku;
  std::uint64_t units = 0;
  Money amount;
  Currency currency;
  WallTime from{}, to{};
};

// NetSuite.
class Accounting {
 public:
  virtual ~Accounting() = default;
  virtual void usage(std::vector<SkuUsage> lines, std::function<void(bool)> done) = 0;
  virtual void invoice(std::string invoice_json, std::function<void(bool)> done) = 0;
};

// HubSpot.
class CustomerDirectory {
 public:
  virtual ~CustomerDirectory() = default;
  virtual void changed(CustomerId customer, std::function<void(bool)> done) = 0;
};

class PaymentGateway {
 public:
  virtual ~PaymentGateway() = default;
  virtual void collect(std::string ban, Money amount, Currency currency, std::string reference,
                       std::function<void(bool, std::string)> done) = 0;
};

}  // namespace warp::billing
