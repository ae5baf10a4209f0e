// What happened to port requests, what was said about them, and which are to be looked at.
#include "port_rows.h"

namespace warp::store {
namespace {

constexpr pg::Query kHistory{
    "store.port.history",
    "SELECT id, action, actor, details::text, created_at FROM porting.history WHERE request_id = $1 "
    "ORDER BY id DESC LIMIT 1000"};
constexpr pg::Query kNotes{
    "store.port.notes",
    "SELECT id, body, visibility, author, created_at FROM porting.notes WHERE request_id = $1 "
    "ORDER BY created_at DESC, id DESC LIMIT 1000"};
constexpr pg::Query kAddNote{
    "store.port.add_note",
    "INSERT INTO porting.notes (request_id, customer_id, body, visibility) SELECT id, customer_id, $2, $3 "
    "FROM porting.requests WHERE id = $1 RETURNING id, body, visibility, author, created_at"};
constexpr pg::Query kDue{
    "store.port.due",
    "WITH waiting AS (SELECT DISTINCT n.request_id FROM porting.numbers n WHERE n.due_at <= now() LIMIT $1), "
    "mine AS (SELECT r.id FROM porting.requests r JOIN waiting w ON w.request_id = r.id FOR UPDATE OF r "
    "SKIP LOCKED), leased AS (UPDATE porting.numbers n SET due_at = now() + make_interval(secs => $2) "
    "FROM mine m WHERE n.request_id = m.id AND n.due_at <= now() RETURNING n.request_id) "
    "SELECT DISTINCT request_id FROM leased"};
constexpr pg::Query kToActivate{
    "store.port.to_activate",
    "WITH mine AS (SELECT r.id FROM porting.requests r WHERE r.activation_mode <> 'DISABLED' "
    "AND r.status NOT IN ('COMPLETE', 'CANCELLED') AND r.activation_faults < $3 "
    "AND (r.activation_mode = 'ASAP' OR r.activate_at <= now()) "
    "AND coalesce(r.activation_tried, '-infinity') <= now() - make_interval(secs => $2) "
    "AND EXISTS (SELECT FROM porting.numbers n WHERE n.request_id = r.id AND n.state = "
    "'READY_FOR_ACTIVATION') "
    "LIMIT $1 FOR UPDATE SKIP LOCKED) UPDATE porting.requests r SET activation_tried = now() FROM mine m "
    "WHERE r.id = m.id RETURNING r.id"};
constexpr pg::Query kActivationEnded{"store.port.activation_ended",
                                     "UPDATE porting.requests SET activation_faults = CASE WHEN $2::boolean "
                                     "THEN activation_faults + 1 ELSE 0 END "
                                     "WHERE id = $1 RETURNING true"};

void read_event(pg::RowReader& row, PortEvent& out) {
  row.next(out.id);
  row.next(out.action);
  row.next(out.actor);
  row.next(out.details);
  row.next(out.created_at);
}

void read_note(pg::RowReader& row, PortNote& out) {
  row.next(out.id);
  row.next(out.body);
  row.next(out.visibility);
  row.next(out.author);
  row.next(out.created_at);
}

pg::Scope daemon() {
  return pg::Scope::operators().by("warpd", "");
}

}  // namespace

Task<std::vector<PortEvent>> PortRepository::history(Actor actor, Uuid id) {
  return ask_all<PortEvent>(pool_, scope_of(actor), kHistory, pg::Params::of(id), read_event);
}

Task<bool> PortRepository::note_event(Actor actor, Uuid id, PortDeed deed) {
  auto statement = deed_of(id, deed);
  const auto rows = co_await pool_.query(scope_of(actor), kPortDeed, std::move(statement.params));
  if (!rows) co_return error_of(rows.error());
  if (rows->empty()) co_return not_found();
  co_return true;
}

Task<std::vector<PortNote>> PortRepository::notes(Actor actor, Uuid id) {
  return ask_all<PortNote>(pool_, scope_of(actor), kNotes, pg::Params::of(id), read_note);
}

Task<PortNote> PortRepository::add_note(Actor actor, Uuid id, std::string body, std::string visibility) {
  return ask_one<PortNote>(pool_, scope_of(actor), kAddNote, pg::Params::of(id, body, visibility), read_note);
}

Task<std::vector<Uuid>> PortRepository::due(std::uint32_t most, std::chrono::seconds lease) {
  return ask_all<Uuid>(pool_, daemon(), kDue, pg::Params::of(most, lease.count()), read_value);
}

Task<std::vector<Uuid>> PortRepository::to_activate(std::uint32_t most, std::chrono::seconds cooldown,
                                                    std::uint32_t tries) {
  return ask_all<Uuid>(pool_, daemon(), kToActivate, pg::Params::of(most, cooldown.count(), tries),
                       read_value);
}

Task<bool> PortRepository::activation_ended(Uuid id, bool failed) {
  const auto rows = co_await pool_.query(daemon(), kActivationEnded, pg::Params::of(id, failed));
  if (!rows) co_return error_of(rows.error());
  co_return true;
}

}  // namespace warp::store
