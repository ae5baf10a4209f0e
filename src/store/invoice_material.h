// What an invoice is composed of, read in the transaction that issues it.
#pragma once

#include "warp/billing/invoice.h"
#include "warp/store/invoices.h"

#include "support.h"

namespace warp::store {

// A period of a billed account that is to be closed.
struct Closing {
  std::string ban;
  CustomerId customer;
  bool is_default = false;
  billing::Cycle cycle;
  billing::Period period;
  WallTime cut{};
  Currency currency;
  std::uint32_t decimals = 2;
  Rounding rounding = Rounding::HalfUp;
  std::string tax_region;  // empty: no taxes
};

struct Material {
  billing::Terms terms;
  std::vector<billing::Sku> skus;
  billing::Usage usage;
  std::vector<billing::RecurringItem> recurring;
  std::vector<billing::TaxRate> taxes;
};

Task<Material> load_material(pg::Transaction& transaction, const Closing& closing);

}  // namespace warp::store
