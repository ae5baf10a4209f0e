// An issued invoice as a page for people: HTML without scripts, styles inside, nothing loaded from anywhere.
// Every text of a customer or an operator is escaped.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/billing/invoice.h"

namespace warp::billing {

struct Branding {
  std::string name = "WARP";
  std::string address;  // lines apart by '\n'
  std::string footer;
  std::string colour = "#1f3a5f";  // "#rrggbb"; anything else is not used
};

struct AppliedPayment {
  std::string reference;
  WallTime applied_at{};
  Money amount;
};

struct Document {
  std::string number, status, ban, customer;
  std::string address;  // of the customer, lines apart by '\n'
  Period period;
  std::string zone = "UTC";
  Currency currency;
  std::optional<WallTime> issued_at, due_at;
  std::vector<Line> lines;  // all, in their order
  std::vector<AppliedPayment> payments;
  Money charges, taxes, rounding, carried, total, applied;
};

std::string html(const Document& invoice, const Branding& branding);

}  // namespace warp::billing
