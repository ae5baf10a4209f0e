// What a partition asks of its routes' quality: floors, and weights of a score. All integers; shares in 1e-9.
#pragma once

#include <cstdint>
#include <string_view>

#include "warp/routing/query.h"

namespace warp::routing {

struct QualityRules {
  std::uint32_t least_attempts = 20;  // below that nothing is known of a route
  std::int64_t min_asr_e9 = 0, min_ner_e9 = 0, max_short_e9 = 1'000'000'000;
  std::uint64_t min_acd_s = 0, max_pdd_ms = 0;  // 0: not asked
  struct Weights {
    std::int64_t asr = 1, ner = 0, acd = 0, pdd = 0, short_calls = 0;
  } weight;
  bool has_floor = false;

  // Of routing.partitions.quality; what is not understood is as if it was not there.
  static QualityRules parse(std::string_view json);

  bool known(const Quality* quality) const {
    return quality != nullptr && quality->attempts >= least_attempts;
  }
  // Of a route that is known: static text that names the floor it is below; null: none.
  const std::string_view* below(const Quality& quality) const;
  // 0 to 1e9, more is better: answered share, network efficiency, length of calls (600 s count fully), delay
  // after dialling (10 s count nothing) and share of calls that are not short, by their weights.
  std::int64_t score(const Quality& quality) const;
};

}  // namespace warp::routing
