// What the repositories are made of: scope of an actor, errors, and the three shapes of an answer.
#pragma once

#include <utility>

#include "warp/domain/catalogue.h"
#include "warp/pg/pool.h"
#include "warp/store/common.h"

#include "keyset.h"

namespace warp::store {

pg::Scope scope_of(const Actor& actor);
// Of the daemon itself: all tenants.
pg::Scope daemon_scope();
Error error_of(const pg::Error& error);
inline Error not_found() {
  return {ErrorKind::NotFound, {}, {}};
}
inline Error bad_row(std::string_view query) {
  return {ErrorKind::Internal, "a row of " + std::string(query) + " is not as expected", {}};
}

// How a T is read off a row.
template <class T>
using Read = void (*)(pg::RowReader&, T&);
// A row of one value.
template <class T>
void read_value(pg::RowReader& row, T& out) {
  row.next(out);
}

template <class T>
Expected<std::vector<T>> read_all(const pg::Rows& rows, Read<T> read, std::string_view query) {
  std::vector<T> out;
  out.reserve(rows.size());
  for (const auto row : rows) {
    pg::RowReader reader(row);
    read(reader, out.emplace_back());
    if (!reader.ok()) return bad_row(query);
  }
  return out;
}

// The first row; NotFound when there is none.
template <class T>
Expected<T> read_one(const pg::Rows& rows, Read<T> read, std::string_view query) {
  if (rows.empty()) return not_found();
  T item{};
  pg::RowReader reader(rows[0]);
  read(reader, item);
  if (!reader.ok()) return bad_row(query);
  return item;
}

template <class T>
Task<T> ask_one(pg::Pool& pool, pg::Scope scope, const pg::Query& query, pg::Params params, Read<T> read) {
  const auto rows = co_await pool.query(std::move(scope), query, std::move(params));
  if (!rows) co_return error_of(rows.error());
  co_return read_one<T>(*rows, read, query.name);
}

// What must change a row, of which nothing is told.
Task<void> ask_done(pg::Pool& pool, pg::Scope scope, const pg::Query& query, pg::Params params);
template <class T>
Task<std::vector<T>> ask_all(pg::Pool& pool, pg::Scope scope, const pg::Query& query, pg::Params params,
                             Read<T> read) {
  const auto rows = co_await pool.query(std::move(scope), query, std::move(params));
  if (!rows) co_return error_of(rows.error());
  co_return read_all<T>(*rows, read, query.name);
}

// `params` are those of both queries; that of the items has limit and offset after them.
template <class T>
Task<Paged<T>> ask_page(pg::Pool& pool, pg::Scope scope, const pg::Query& count, const pg::Query& items,
                        pg::Params params, Page page, Read<T> read) {
  std::vector<pg::Statement> statements;
  statements.push_back({&count, params});
  const auto offset = std::uint64_t{page.page > 0 ? page.page - 1 : 0} * page.per_page;
  params.add(page.per_page).add(offset);
  statements.push_back({&items, std::move(params)});
  const auto answers = co_await pool.batch(std::move(scope), std::move(statements));
  if (!answers) co_return error_of(answers.error());
  Paged<T> out;
  if (!(*answers)[0].empty()) out.total = pg::RowReader((*answers)[0][0]).next<std::uint64_t>();
  auto read_items = read_all<T>((*answers)[1], read, items.name);
  if (!read_items) co_return std::move(read_items).error();
  out.items = std::move(*read_items);
  co_return out;
}

// As ask_page(), or by keys when the page says so.
template <class T>
Task<Paged<T>> ask_keyset(pg::Pool& pool, pg::Scope scope, const Keyset& keyset, pg::Params params, Page page,
                          Read<T> read) {
  const auto* query = keyset.find(page);
  if (!query) co_return Error{ErrorKind::Invalid, "no such order of a list", {}};
  if (page.after) params.add(page.after->value).add(page.after->id);
  params.add(std::uint64_t{page.per_page} + 1);
  const auto rows = co_await pool.query(std::move(scope), *query, std::move(params));
  if (!rows) co_return error_of(rows.error());
  Paged<T> out;
  const auto kept = std::min<std::size_t>(rows->size(), page.per_page);
  out.items.reserve(kept);
  for (std::size_t i = 0; i < kept; ++i) {
    pg::RowReader reader((*rows)[i]);
    read(reader, out.items.emplace_back());
    if (!reader.ok()) co_return bad_row(query->name);
  }
  if (rows->size() > kept && kept > 0) {
    const auto last = (*rows)[kept - 1];
    out.next =
        Page::Place{std::string(last.text(last.columns() - 2)), std::string(last.text(last.columns() - 1))};
  }
  co_return out;
}

template <class T>
Task<Paged<T>> ask_list(pg::Pool& pool, pg::Scope scope, const pg::Query& count, const pg::Query& items,
                        const Keyset& keyset, pg::Params params, Page page, Read<T> read) {
  if (page.keyset) return ask_keyset<T>(pool, std::move(scope), keyset, std::move(params), page, read);
  return ask_page<T>(pool, std::move(scope), count, items, std::move(params), page, read);
}

// Two parameters: whether to set, and to what.
template <class T>
void add_nullable(pg::Params& params, const Nullable<T>& value) {
  params.add(value.has_value());
  params.add(value.value_or(std::nullopt));
}

// Name of an enum value, when there is one.
template <class E>
std::optional<std::string_view> name_of(const std::optional<E>& value) {
  return value ? std::optional(to_string(*value)) : std::nullopt;
}

// A column that holds the name of an enum value.
template <class E>
void next_named(pg::RowReader& row, E& out, std::optional<E> (*parse)(std::string_view)) {
  const auto value = parse(row.next<std::string_view>());
  if (value)
    out = *value;
  else
    row.fail();
}

void next_ip(pg::RowReader& row, domain::IpAddress& out);  // host(inet)
void next_cidr(pg::RowReader& row, domain::Cidr& out);
// port, transport: of a listed source; NULL is any.
void next_match(pg::RowReader& row, domain::SourceMatch& out);
void add_match(pg::Params& params, const domain::SourceMatch& match);

}  // namespace warp::store
