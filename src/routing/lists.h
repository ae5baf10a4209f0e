// Lists of numbers, compiled, and where they are in force.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "warp/domain/tariff_rows.h"
#include "warp/rating/digit_index.h"

namespace warp::routing {

struct CompiledList {
  explicit CompiledList(const domain::NumberList& list);

  const domain::NumberList* row;
  rating::DigitIndex index;

  bool has(const rating::Digits& digits) const { return index.find(digits) != rating::DigitIndex::kNone; }
};

// Of one customer, trunk, provider or partition.
struct Lists {
  std::vector<const CompiledList*> called, calling;
};

// The list that stands against a number: the first that blocks and has it; else, when there are lists that
// allow and none of them has it, the first of those. Null: none does. No digits: a number that is not known,
// which only a list that allows refuses.
const CompiledList* refusing(std::span<const CompiledList* const> lists, const rating::Digits& digits);

}  // namespace warp::routing
