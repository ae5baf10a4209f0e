// Asked: a query made ready for indexes and decks. Lives no longer than the query.
#pragma once

#include <optional>

#include "warp/rating/deck.h"
#include "warp/routing/query.h"

namespace warp::routing {

// Of two numbers by themselves: INTERNATIONAL between two countries, else UNKNOWN.
domain::Jurisdiction jurisdiction_of(std::string_view ani, std::string_view dni);

struct Asked {
  explicit Asked(const RouteQuery& from);

  const RouteQuery& query;
  domain::Jurisdiction jurisdiction;
  rating::Digits dialled, calling;
  std::optional<rating::Digits> ported;     // the routing number, when it is another one than was dialled
  std::optional<rating::Digits> by_origin;  // of a toll-free call: its caller

  // By which digits partitions that match the routing number, and those that do not, are searched.
  const rating::Digits& routed(bool match_lrn) const { return match_lrn && ported ? *ported : dialled; }
  const rating::Digits& rated(const domain::RatePlan& plan) const {
    return by_origin && plan.toll_free_by_origin ? *by_origin : routed(plan.match_lrn);
  }
};

}  // namespace warp::routing
