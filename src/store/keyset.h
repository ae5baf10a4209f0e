// Keyset: the queries of one list that is walked by keys: an order and a direction each, from the beginning
// and after a row. Made once, for the statements are prepared by name.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "warp/pg/query.h"
#include "warp/store/common.h"

namespace warp::store {

// What a list can be sorted by; never NULL.
struct SortKey {
  std::string name, expression, type;
};

struct KeysetOf {
  std::string name;      // of its statements
  std::string columns;   // what a row is read from
  std::string matching;  // " FROM … WHERE …", one conjunction; its parameters are $1 … $params
  std::size_t params = 0;
  SortKey id;  // makes every order a strict one; its name is not used
  std::vector<SortKey> keys;
  std::chrono::milliseconds timeout{15'000};
};

class Keyset {
 public:
  explicit Keyset(const KeysetOf& list);
  // Its parameters are those of the list, value and id of the place when there is one, the limit; its last
  // two columns are value and id of the row. Null: there is no such order.
  const pg::Query* find(const Page& page) const;

 private:
  void add(const KeysetOf& list, const SortKey& key, bool descending, bool after);
  std::deque<std::string> texts_;                              // what the queries point at
  std::map<std::pair<std::string, bool>, pg::Query> queries_;  // by the order as the page names it, and after
};

}  // namespace warp::store
