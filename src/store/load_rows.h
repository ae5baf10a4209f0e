// How a catalogue is loaded: kind by kind within one transaction; the first failure is kept.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "support.h"

namespace warp::store {

template <class T>
boost::asio::awaitable<void> load_into(pg::Transaction& tx, const pg::Query& query, Read<T> read,
                                       std::vector<T>& out, std::optional<Error>& failed) {
  if (failed) co_return;
  pg::Params none;
  const auto rows = co_await tx.query(query, std::move(none));
  if (!rows) {
    failed = error_of(rows.error());
    co_return;
  }
  auto items = read_all<T>(*rows, read, query.name);
  if (items)
    out = std::move(*items);
  else
    failed = std::move(items).error();
}

}  // namespace warp::store
