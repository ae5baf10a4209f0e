// What a trunk has looked up about the numbers of its calls.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "warp/domain/lookups.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

namespace warp::store {

std::string_view lookup_name(domain::Lookups one);  // ani_lrn, dni_lrn, cnam, dno, toll_free
std::optional<domain::Lookups> parse_lookup(std::string_view name);
std::vector<std::string> lookup_names(domain::Lookups lookups);

struct TrunkLookups {
  TrunkId trunk;
  domain::Lookups lookups = 0;
  bool refuse_without = false;  // a call whose look-up has no answer is refused
};
struct TrunkLookupsPatch {
  std::optional<domain::Lookups> lookups;
  std::optional<bool> refuse_without;
};

class TrunkLookupRepository {
 public:
  explicit TrunkLookupRepository(pg::Pool& pool) : pool_(pool) {}
  // Of one trunk, or of all that the actor sees.
  Task<std::vector<TrunkLookups>> list(Actor actor, std::optional<TrunkId> trunk);
  Task<TrunkLookups> set(Actor actor, TrunkId trunk, TrunkLookupsPatch patch);

 private:
  pg::Pool& pool_;
};

}  // namespace warp::store
