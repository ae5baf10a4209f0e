#include "warp/store/outbox.h"

#include "support.h"

namespace warp::store {
namespace {

using namespace std::chrono_literals;

constexpr pg::Query kSubscribe{
    "store.outbox.subscribe",
    "INSERT INTO records.outbox_consumers (name) VALUES ($1) ON CONFLICT DO NOTHING"};
constexpr pg::Query kUnsubscribe{"store.outbox.unsubscribe",
                                 "DELETE FROM records.outbox_consumers WHERE name = $1"};
// A consumer for whom there is nothing has one row without an id; one that is not known has none.
constexpr pg::Query kNext{
    "store.outbox.next",
    "SELECT o.id, o.made_by::text, o.kind, o.object_id, o.at, o.customer_id, coalesce(o.payload::text, '') "
    "FROM records.outbox_consumers c LEFT JOIN LATERAL (SELECT * FROM records.outbox n "
    "WHERE (n.made_by, n.id) > (c.last_made_by, c.last_id) "
    "AND n.made_by < pg_snapshot_xmin(pg_current_snapshot()) "
    "ORDER BY n.made_by, n.id LIMIT $2) o ON true WHERE c.name = $1 ORDER BY o.made_by, o.id"};
constexpr pg::Query kOutboxDone{
    "store.outbox.done",
    "UPDATE records.outbox_consumers SET last_made_by = $2::xid8, last_id = $3, "
    "updated_at = now() WHERE name = $1 AND (last_made_by, last_id) < ($2::xid8, $3)"};
constexpr pg::Query kPurgeOutbox{
    "store.outbox.purge",
    "DELETE FROM records.outbox o WHERE o.made_by < "
    "pg_snapshot_xmin(pg_current_snapshot()) AND (o.made_by, o.id) <= ALL (SELECT "
    "c.last_made_by, c.last_id FROM records.outbox_consumers c)",
    60s};
constexpr pg::Query kBacklog{"store.outbox.backlog",
                             "SELECT count(*) FROM records.outbox o WHERE (o.made_by, o.id) > ANY (SELECT "
                             "c.last_made_by, c.last_id FROM records.outbox_consumers c)",
                             15s};

void read_row(pg::RowReader& row, OutboxRow& out) {
  row.next(out.id);
  row.next(out.made_by);
  row.next(out.kind);
  row.next(out.object);
  row.next(out.at);
  row.next(out.customer);
  row.next(out.payload);
}

Task<std::uint64_t> change(pg::Pool& pool, const pg::Query& query, pg::Params params) {
  const auto done = co_await pool.query(daemon_scope(), query, std::move(params));
  if (!done) co_return error_of(done.error());
  co_return done->affected();
}

}  // namespace

Task<void> OutboxRepository::subscribe(std::string consumer) {
  const auto done = co_await change(pool_, kSubscribe, pg::Params::of(consumer));
  if (!done) co_return done.error();
  co_return Expected<void>();
}

Task<void> OutboxRepository::unsubscribe(std::string consumer) {
  const auto done = co_await change(pool_, kUnsubscribe, pg::Params::of(consumer));
  if (!done) co_return done.error();
  co_return Expected<void>();
}

Task<std::vector<OutboxRow>> OutboxRepository::next(std::string consumer, std::uint32_t limit) {
  const auto found = co_await pool_.query(daemon_scope(), kNext, pg::Params::of(consumer, limit));
  if (!found) co_return error_of(found.error());
  if (found->empty()) co_return not_found();
  if (pg::RowReader((*found)[0]).peek_null()) co_return std::vector<OutboxRow>();
  co_return read_all<OutboxRow>(*found, read_row, kNext.name);
}

Task<bool> OutboxRepository::done(std::string consumer, OutboxRow last) {
  const auto changed = co_await change(pool_, kOutboxDone, pg::Params::of(consumer, last.made_by, last.id));
  if (!changed) co_return changed.error();
  co_return *changed > 0;
}

Task<std::uint64_t> OutboxRepository::purge() {
  return change(pool_, kPurgeOutbox, {});
}

Task<std::uint64_t> OutboxRepository::backlog() {
  pg::Params none;
  const auto rows = co_await pool_.query(daemon_scope(), kBacklog, std::move(none));
  if (!rows) co_return error_of(rows.error());
  if (rows->empty()) co_return std::uint64_t{0};
  co_return pg::RowReader((*rows)[0]).next<std::uint64_t>();
}

}  // namespace warp::store
