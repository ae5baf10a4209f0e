// One line of a file of number data: fields in, a row or what is wrong with it out.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/numbering/data_csv.h"

namespace warp::numbering {

enum class Column : std::uint8_t {
  Npa,
  Nxx,
  Block,
  State,
  Lata,
  Ocn,
  Centre,
  Kind,
  Coc,
  Prefix,
  Country,
  From,
  Also
};
inline constexpr std::size_t kColumns = 13;

struct KnownColumn {
  std::string_view name;  // in lower case
  Column column;
};
// What a file of that set may name; of several names for one column the first is the one to recommend.
const std::vector<KnownColumn>& known_columns(DataSet set);
const std::vector<Column>& needed_columns(DataSet set);
std::string_view name_of(DataSet set, Column column);

struct LineFault {
  Column column;
  std::string problem, cure;
};

// The fields of a line by column; empty when the file does not have it.
using LineFields = std::array<std::string_view, kColumns>;

// Appends to that part of `out` which the set is.
std::optional<LineFault> take_fields(DataSet set, const LineFields& fields, Table::Source& out);

}  // namespace warp::numbering
