// Number data: where blocks of the North American plan, prefixes of the rest of the world and local calling
// areas are. Operators only.
//
// A set is replaced as a whole, in one transaction with its new version: readers see what was before or what
// is now. Changes wake whoever listens for changes of the catalogue.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "warp/base/clock.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

struct NumberDataSet {
  std::string name;  // blocks, countries, local_areas
  std::uint64_t version = 0;
  std::string source;
  bool synthetic = false;  // made up by a rule, wholly or in part
  std::uint64_t rows = 0;
  std::optional<WallTime> loaded_at;
};

struct NumberBlock {
  std::uint32_t npanxx = 0;
  std::uint8_t block = 10;  // 0 to 9; 10: the whole NPANXX
  std::string state, ocn, rate_centre;
  std::uint16_t lata = 0;
  std::string kind = "UNKNOWN";
};
struct NumberPrefix {
  std::string prefix, country, kind = "UNKNOWN";
};
struct LocalArea {
  std::string rate_centre, also;  // "STATE/CENTRE"
};
struct NumberData {
  std::vector<NumberBlock> blocks;
  std::vector<NumberPrefix> prefixes;
  std::vector<LocalArea> areas;
  std::uint64_t version = 0;  // the sum of the sets': it grows with every change
};

class NumberDataRepository {
 public:
  explicit NumberDataRepository(pg::Pool& pool) : pool_(pool) {}

  Task<std::vector<NumberDataSet>> sets(Actor actor);
  Task<std::uint64_t> version();
  Task<NumberData> load();
  // What the table would know of these numbers (E.164 digits), and the areas of their rate centres.
  Task<NumberData> of_numbers(Actor actor, std::vector<std::string> numbers);

  // `next` gives row after row and false when there are no more; it runs on the pool's strand. Invalid: a row
  // against a rule of the schema; Duplicate: two rows of one key. Nothing was changed then.
  template <class Row>
  using Next = std::function<bool(Row&)>;
  Task<NumberDataSet> replace_blocks(Actor actor, Next<NumberBlock> next, std::string source, bool synthetic);
  Task<NumberDataSet> replace_prefixes(Actor actor, Next<NumberPrefix> next, std::string source,
                                       bool synthetic);
  Task<NumberDataSet> replace_areas(Actor actor, Next<LocalArea> next, std::string source, bool synthetic);

  // Area codes whose blocks were put aside after `since`.
  Task<std::vector<std::uint32_t>> staged(WallTime since);
  // Puts the blocks of one area code aside, in place of those that were. The first of two of one key counts.
  Task<void> stage(Actor actor, std::uint32_t npa, std::vector<NumberBlock> blocks);
  // What was put aside becomes the set of blocks, and nothing is aside any more.
  Task<NumberDataSet> publish_staged(Actor actor, std::string source);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
