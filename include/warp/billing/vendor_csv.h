// A vendor's records as CSV: RFC 4180, a heading first; its columns are found by their names. Whole or not at
// all: the first fault is answered with its line, what is wrong and what to do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "warp/base/result.h"
#include "warp/billing/reconcile.h"

namespace warp::billing {

// Names of the columns; an empty `ani` is none.
struct VendorColumns {
  std::string started_at = "started_at", ani = "ani", dni = "dni", seconds = "seconds", amount = "amount";
};

struct VendorCsvError {
  std::size_t line = 0;  // from 1
  std::string column, problem, cure;
};

// Times: "2026-03-01T12:00:00Z", or with a blank for the T and without the Z (UTC), fractions optional.
// Numbers: digits, a '+' before them is dropped.
Result<std::vector<VendorCall>, VendorCsvError> read_vendor_csv(std::string_view text,
                                                                const VendorColumns& columns);

}  // namespace warp::billing
