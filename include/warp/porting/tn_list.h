// Lists of telephone numbers as people paste them: lines, commas, punctuation, "+1", repeats.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace warp::porting {

struct TnList {
  std::vector<std::string>
      numbers;                     // E.164 digits of the North American plan, in the list's order, once each
  std::vector<std::string> wrong;  // what is no such number, as it was written; at most kShownWrong
  std::size_t repeated = 0;
  std::size_t total = 0;  // that were written, whatever they are
};
constexpr std::size_t kShownWrong = 100;

// What stands in the texts. Numbers are separated by lines, commas, semicolons, tabs, pipes, or by blanks
// where what stands between them is a whole number.
TnList read_tns(const std::vector<std::string>& texts);

// A number of the North American plan in any writing as "1" and ten digits; empty: it is none.
std::string nanp_of(std::string_view text);
bool is_toll_free(std::string_view e164);

}  // namespace warp::porting
