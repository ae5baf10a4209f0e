// What the telecom-data service Telique answers, read strictly. Two forms of its documents are about: the
// newer (fields in `metadata`, named lists) is preferred, the older (flat, `data`) accepted. nullopt: it is
// neither.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/numbering/table.h"

namespace warp::integrations {

struct TeliqueLrn {
  std::string lrn;  // ten digits
  std::string spid;
};
std::optional<TeliqueLrn> read_telique_lrn(std::string_view body);
std::optional<bool> read_telique_dno(std::string_view body);
// At most 15 printable characters that no quoting can break; empty: nobody is to be shown.
std::optional<std::string> read_telique_cnam(std::string_view body);
std::optional<std::string> read_telique_cic(std::string_view body);  // four digits
// The texts of the first array of a relation: numbers, SPIDs or LRNs.
std::optional<std::vector<std::string>> read_telique_relation(std::string_view body);

struct TeliqueBlocks {
  std::vector<numbering::BlockRow> rows;
  std::uint64_t received = 0;  // rows that came, with those that are left out
  std::uint64_t count = 0;     // all matches
};
// A page of lerg_6. Rows that are no block of the plan are left out: the table has others.
std::optional<TeliqueBlocks> read_telique_blocks(std::string_view body);

}  // namespace warp::integrations
