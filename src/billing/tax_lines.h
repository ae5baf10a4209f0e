// Taxes of an invoice: one line a tax code and name.
#pragma once

#include <optional>
#include <vector>

#include "warp/billing/invoice.h"

namespace warp::billing {

// Of `lines`, by the tax codes of their SKUs; what has no SKU is not taxed. nullopt: overflow.
std::optional<std::vector<Line>> tax_lines(const Terms& terms, const std::vector<Sku>& skus,
                                           const std::vector<Line>& lines, const std::vector<TaxRate>& taxes);

}  // namespace warp::billing
