// Numbers for sale from CSV: tn, type, rate_center, locality, state, lata, monthly_rate, setup_rate.
//
// The first line names the columns, in any order; tn is needed. All or nothing: every faulty line is told,
// the first kMostStockIssues of them in full. Sans-I/O.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/result.h"
#include "warp/domain/number_stock.h"

namespace warp::api {

inline constexpr std::size_t kMostStockLines = 100'000, kMostStockIssues = 100;

struct StockCsvError {
  struct Issue {
    std::size_t line = 0;  // 1 is the header; 0: the file
    std::string column, problem, cure;
  };
  std::vector<Issue> issues;
  std::size_t total = 0;
};

bool is_state(std::string_view text);  // two capitals

class StockCsvReader {
 public:
  StockCsvReader();
  ~StockCsvReader();
  void feed(std::string_view octets);
  bool stopped() const;  // further octets change nothing
  // Once, at the end of the text.
  Result<std::vector<domain::StockNumber>, StockCsvError> finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace warp::api
