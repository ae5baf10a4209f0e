// A row read under lock, changed by the caller, and written back whole.
#pragma once

#include "warp/store/messaging.h"

#include "support.h"

namespace warp::store {

// How one kind of row is read and written.
template <class T>
struct Rewritten {
  const pg::Query& lock;   // $1: id
  const pg::Query& write;  // $1: id, then `params`
  Read<Provisioned<T>> read;
  void (*params)(pg::Params&, const Provisioned<T>&);
};

template <class T>
Task<Provisioned<T>> rewrite(pg::Pool& pool, Actor actor, Uuid id, const Rewritten<T>& kind,
                             Change<T> change) {
  auto tx = co_await pool.begin(scope_of(actor));
  if (!tx) co_return error_of(tx.error());
  auto key = pg::Params::of(id);
  const auto locked = co_await tx->query(kind.lock, std::move(key));
  if (!locked) co_return error_of(locked.error());
  auto row = read_one<Provisioned<T>>(*locked, kind.read, kind.lock.name);
  if (!row) co_return std::move(row).error();
  change(*row);
  auto params = pg::Params::of(id);
  kind.params(params, *row);
  const auto written = co_await tx->query(kind.write, std::move(params));
  if (!written) co_return error_of(written.error());
  auto out = read_one<Provisioned<T>>(*written, kind.read, kind.write.name);
  if (!out) co_return std::move(out).error();
  const auto ended = co_await tx->commit();
  if (!ended) co_return error_of(ended.error());
  co_return out;
}

template <class T>
void read_provisioned(pg::RowReader& row, Provisioned<T>& out) {
  row.next(out.description);
  row.next(out.created_at);
  row.next(out.updated_at);
}
#define PROVISIONED_COLUMNS ", description, created_at, updated_at"

}  // namespace warp::store
