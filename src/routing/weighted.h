// Order by chance: the first is drawn with its share of the weights, then the next among what is left.
// Weights of 0 and below come last.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "warp/base/draw.h"

namespace warp::routing {

template <class Iterator, class Weight>
void shuffle_by_weight(Iterator first, Iterator last, Weight weight, Draw& draw) {
  const auto share = [&](const auto& item) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(weight(item), 0));
  };
  for (; last - first > 1; ++first) {
    std::uint64_t total = 0;
    for (auto at = first; at != last; ++at)
      total += share(*at);
    auto chosen = first;
    if (total == 0) {
      chosen += static_cast<std::ptrdiff_t>(draw.below(static_cast<std::uint64_t>(last - first)));
    } else {
      std::uint64_t ticket = draw.below(total);
      for (; ticket >= share(*chosen); ++chosen)
        ticket -= share(*chosen);
    }
    std::swap(*first, *chosen);
  }
}

// Shuffles each run of neighbours that `same` holds equal.
template <class Iterator, class Same, class Weight>
void shuffle_runs(Iterator first, Iterator last, Same same, Weight weight, Draw& draw) {
  while (first != last) {
    auto end = first + 1;
    while (end != last && same(*first, *end))
      ++end;
    shuffle_by_weight(first, end, weight, draw);
    first = end;
  }
}

}  // namespace warp::routing
