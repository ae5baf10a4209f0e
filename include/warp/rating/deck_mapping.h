// DeckMapping: how the columns of somebody's file become those of a deck.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace warp::rating {

struct DeckMapping {
  // From a deck's column ("per_minute") to the file's: its name, or "#3" for the third. Columns that are not
  // named here are taken by their own names; those that nobody knows are left alone when there is a mapping.
  std::map<std::string, std::string> columns;
  bool header = true;         // the first line names the columns; else all of `columns` are "#n"
  char separator = 0;         // 0: comma, or semicolon when the header has no comma
  char decimal = '.';         // or ','
  bool per_second = false;    // prices are a second's; else a minute's
  std::string date_format{};  // of YYYY, MM, DD and what stands between them; empty: as deck_csv.h says
  std::string prefix_before;  // digits put before every prefix: "1" for NPANXX columns
  bool given() const { return !columns.empty(); }
};

// A line may name an area instead of a prefix: what is not empty has to be so.
struct Area {
  std::string state, ocn, rate_centre;
  std::uint32_t lata = 0;
};
// All prefixes of an area, without doubles.
using AreaPrefixes = std::function<std::vector<std::string>(const Area&)>;

}  // namespace warp::rating
