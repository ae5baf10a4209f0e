// One line of CSV cut into its fields. Sans-I/O; a field is a view into the line, or into `unquoted` when it
// held doubled quotes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace warp::rating {

enum class CsvFault : std::uint8_t { None, QuoteOpen, TextAfterQuote, QuoteInside };

struct CsvLine {
  std::vector<std::string_view> fields;
  std::deque<std::string> unquoted;

  // Replaces what was there. `line` without its end; lives as long as the fields are used.
  CsvFault split(std::string_view line, char separator);
};

}  // namespace warp::rating
