// What brands and campaigns share.
#pragma once

#include "warp/store/brands.h"

#include "support.h"

namespace warp::store {

// A jsonb column as text.
inline void next_document(pg::RowReader& row, domain::Document& out) {
  out = domain::Document::parse(row.next<std::string_view>(), nullptr, false);
  if (!out.is_object()) row.fail();
}
inline std::string text_of(const domain::Document& fields) {
  return fields.dump(-1, ' ', false, domain::Document::error_handler_t::replace);
}

// Lays `more` over `fields`; an absence stays as it was. True: something differs now.
inline bool lay_over(domain::Document& fields, const domain::Document& more) {
  bool news = false;
  for (const auto& [name, value] : more.items()) {
    auto& kept = fields[name];
    if (kept == value) continue;
    kept = value;
    news = true;
  }
  return news;
}
template <class T>
bool renew(T& kept, T said) {
  if (kept == said) return false;
  kept = std::move(said);
  return true;
}

Task<void> note_sync(pg::Pool& pool, Actor actor, Uuid object);

}  // namespace warp::store
