#include "keyset.h"

namespace warp::store {

Keyset::Keyset(const KeysetOf& list) {
  for (const auto& key : list.keys)
    for (const bool descending : {false, true})
      for (const bool after : {false, true})
        add(list, key, descending, after);
}

void Keyset::add(const KeysetOf& list, const SortKey& key, bool descending, bool after) {
  const std::string direction = descending ? " DESC" : "";
  auto parameter = list.params;
  const auto next = [&] { return "$" + std::to_string(++parameter); };
  // Named apart: ORDER BY looks among the names of the columns first.
  auto sql = "SELECT " + list.columns + ", (" + key.expression + ")::text AS walk_value, (" +
             list.id.expression + ")::text AS walk_id" + list.matching;
  if (after) {
    const auto value = next(), id = next();
    sql += " AND (" + key.expression + ", " + list.id.expression + ") " + (descending ? "<" : ">") + " (" +
           value + "::" + key.type + ", " + id + "::" + list.id.type + ")";
  }
  sql +=
      " ORDER BY " + key.expression + direction + ", " + list.id.expression + direction + " LIMIT " + next();
  const auto& text = texts_.emplace_back(std::move(sql));
  const auto& name = texts_.emplace_back(list.name + "." + key.name + (descending ? ".down" : ".up") +
                                         (after ? ".after" : ""));
  queries_.emplace(std::pair((descending ? "-" : "") + key.name, after), pg::Query{name, text, list.timeout});
}

const pg::Query* Keyset::find(const Page& page) const {
  const auto found = queries_.find({page.sort, page.after.has_value()});
  return found == queries_.end() ? nullptr : &found->second;
}

}  // namespace warp::store
