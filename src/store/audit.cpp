#include "warp/store/audit.h"

#include "support.h"

#define MATCHING_EVENTS                                                                                     \
  " FROM audit.events WHERE ($1::uuid IS NULL OR customer_id = $1::uuid) AND ($2::text IS NULL OR actor = " \
  "$2) "                                                                                                    \
  "AND ($3::text IS NULL OR object_type = $3) AND ($4::text IS NULL OR object_id = $4) "                    \
  "AND ($5::text IS NULL OR event = $5) AND ($6::text IS NULL OR request_id = $6) "                         \
  "AND ($7::inet IS NULL OR ip <<= $7::inet) AND ($8::timestamptz IS NULL OR at >= $8) "                    \
  "AND ($9::timestamptz IS NULL OR at < $9) AND ($10::bigint IS NULL OR id < $10) ORDER BY id DESC "

namespace warp::store {
namespace {

using namespace std::chrono_literals;

constexpr auto kAuditTimeout = 20s;
constexpr pg::Query kListAuditEvents{
    "store.audit.list",
    "SELECT id, at, customer_id, actor, request_id, event, object_type, object_id, "
    "before::text, after::text, host(ip), user_agent" MATCHING_EVENTS "LIMIT $11",
    kAuditTimeout};
constexpr pg::Query kAuditEdge{"store.audit.edge", "SELECT id" MATCHING_EVENTS "OFFSET $11 - 1 LIMIT 2",
                               kAuditTimeout};
constexpr pg::Query kAppendAudit{"store.audit.append",
                                 "SELECT audit.append($1, $2, $3, $4, $5::jsonb, NULL, NULL)"};
constexpr pg::Query kAuditSeals{
    "store.audit.seals",
    "SELECT number, first_id, last_id, events, encode(digest, 'hex'), sealed_at "
    "FROM audit.seals WHERE $1::bigint IS NULL OR number < $1 ORDER BY number DESC "
    "LIMIT $2"};
constexpr pg::Query kBrokenSeals{"store.audit.broken",
                                 "SELECT number, first_id, last_id FROM audit.broken_seals($1::bigint)", 25s};

void read_event(pg::RowReader& row, AuditEvent& out) {
  row.next(out.id);
  row.next(out.at);
  row.next(out.customer);
  row.next(out.actor);
  row.next(out.request_id);
  row.next(out.event);
  row.next(out.object_type);
  row.next(out.object_id);
  row.next(out.before);
  row.next(out.after);
  row.next(out.ip);
  row.next(out.user_agent);
}

void read_seal(pg::RowReader& row, AuditSeal& out) {
  row.next(out.number);
  row.next(out.first);
  row.next(out.last);
  row.next(out.events);
  row.next(out.digest);
  row.next(out.sealed_at);
}

void read_broken(pg::RowReader& row, AuditRepository::Broken& out) {
  row.next(out.number);
  row.next(out.first);
  row.next(out.last);
}

pg::Params params_of(const AuditFilter& filter, std::optional<std::int64_t> below, std::uint32_t count) {
  return pg::Params::of(filter.customer, filter.actor, filter.object_type, filter.object_id, filter.event,
                        filter.request_id, filter.ip, filter.from, filter.to, below, count);
}

}  // namespace

Task<std::vector<AuditEvent>> AuditRepository::list(Actor actor, AuditFilter filter,
                                                    std::optional<std::int64_t> below, std::uint32_t limit) {
  return ask_all<AuditEvent>(pool_, scope_of(actor), kListAuditEvents, params_of(filter, below, limit),
                             read_event);
}

Task<std::optional<std::int64_t>> AuditRepository::edge(Actor actor, AuditFilter filter,
                                                        std::optional<std::int64_t> below,
                                                        std::uint32_t count) {
  const auto rows = co_await pool_.query(scope_of(actor), kAuditEdge, params_of(filter, below, count));
  if (!rows) co_return error_of(rows.error());
  std::optional<std::int64_t> edge;
  if (rows->size() == 2) edge = pg::RowReader((*rows)[0]).next<std::int64_t>();
  co_return edge;
}

Task<void> AuditRepository::append(Actor actor, std::optional<CustomerId> customer, std::string event,
                                   std::string object_type, std::string object_id, std::string details) {
  auto params = pg::Params::of(customer, event, object_type, object_id, details);
  const auto done = co_await pool_.query(scope_of(actor), kAppendAudit, std::move(params));
  if (!done) co_return error_of(done.error());
  co_return Expected<void>();
}

Task<std::vector<AuditSeal>> AuditRepository::seals(Actor actor, std::optional<std::int64_t> below,
                                                    std::uint32_t limit) {
  return ask_all<AuditSeal>(pool_, scope_of(actor), kAuditSeals, pg::Params::of(below, limit), read_seal);
}

Task<std::vector<AuditRepository::Broken>> AuditRepository::broken(Actor actor, std::uint32_t newest) {
  return ask_all<Broken>(pool_, scope_of(actor), kBrokenSeals, pg::Params::of(newest), read_broken);
}

}  // namespace warp::store
