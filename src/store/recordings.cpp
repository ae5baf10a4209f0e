#include "warp/store/recordings.h"

#include "support.h"

#define RECORDING_COLUMNS                                                                                  \
  "id, customer_id, call_id, record_id, trunk_id, node, form, started_at, ended_at, cause, file, octets, " \
  "length_ms, packets_lost, encrypted, sha256, uploaded_at, upload_tries, upload_error, expires_at"
#define MATCHING_RECORDINGS                                                                                  \
  " FROM records.recordings WHERE deleted_at IS NULL AND ($1::uuid IS NULL OR customer_id = $1) AND "        \
  "($2::uuid IS NULL OR call_id = $2) AND ($3::uuid IS NULL OR trunk_id = $3) AND ($4::timestamptz IS NULL " \
  "OR started_at >= $4) AND ($5::timestamptz IS NULL OR started_at < $5)"

namespace warp::store {
namespace {

using domain::RecordingId;
using namespace std::chrono_literals;

constexpr auto kRecordingTimeout = 15s;

constexpr pg::Query kCountRecordings{"store.recording.count", "SELECT count(*)" MATCHING_RECORDINGS,
                                     kRecordingTimeout};
constexpr pg::Query kListRecordings{"store.recording.list",
                                    "SELECT " RECORDING_COLUMNS MATCHING_RECORDINGS
                                    " ORDER BY started_at DESC, id DESC LIMIT $6 OFFSET $7",
                                    kRecordingTimeout};
constexpr pg::Query kGetRecording{"store.recording.get",
                                  "SELECT " RECORDING_COLUMNS
                                  " FROM records.recordings WHERE id = $1 AND deleted_at IS NULL"};
constexpr pg::Query kDeleteRecording{"store.recording.delete",
                                     "UPDATE records.recordings SET deleted_at = now() "
                                     "WHERE id = $1 AND deleted_at IS NULL RETURNING " RECORDING_COLUMNS};
constexpr pg::Query kNoteRecording{
    "store.recording.note",
    "SELECT audit.append($1, $2, 'recording', $3, jsonb_build_object('call_id', $4::text), NULL, NULL)"};
constexpr pg::Query kBeginRecording{
    "store.recording.begin",
    "INSERT INTO records.recordings (id, customer_id, call_id, record_id, trunk_id, node, form, started_at, "
    "expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING"};
constexpr pg::Query kEndRecording{
    "store.recording.end",
    "INSERT INTO records.recordings AS r (id, customer_id, call_id, record_id, trunk_id, node, form, "
    "started_at, expires_at, ended_at, cause, file, octets, length_ms, packets_lost, encrypted, sha256) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) "
    "ON CONFLICT (id) DO UPDATE SET form = EXCLUDED.form, ended_at = EXCLUDED.ended_at, "
    "cause = EXCLUDED.cause, file = EXCLUDED.file, octets = EXCLUDED.octets, "
    "length_ms = EXCLUDED.length_ms, packets_lost = EXCLUDED.packets_lost, "
    "encrypted = EXCLUDED.encrypted, sha256 = EXCLUDED.sha256 WHERE r.ended_at IS NULL"};
constexpr pg::Query kExpireRecordings{
    "store.recording.expire",
    "UPDATE records.recordings SET deleted_at = now() WHERE node = $1 AND deleted_at IS NULL AND "
    "expires_at <= now() AND ended_at IS NOT NULL AND (NOT $2 OR uploaded_at IS NOT NULL OR file = '')"};
constexpr pg::Query kFilesToRemove{
    "store.recording.to_remove",
    "SELECT " RECORDING_COLUMNS
    " FROM records.recordings WHERE node = $1 AND file <> '' AND ended_at IS NOT NULL "
    "AND (deleted_at IS NOT NULL OR ($2 AND uploaded_at IS NOT NULL)) ORDER BY id LIMIT $3"};
constexpr pg::Query kFileRemoved{"store.recording.removed",
                                 "UPDATE records.recordings SET file = '' WHERE id = $1 RETURNING id"};
constexpr pg::Query kFilesToUpload{
    "store.recording.to_upload",
    "SELECT " RECORDING_COLUMNS
    " FROM records.recordings WHERE node = $1 AND file <> '' AND ended_at IS NOT NULL AND uploaded_at IS "
    "NULL "
    "AND deleted_at IS NULL AND upload_next_at <= now() ORDER BY upload_next_at LIMIT $2"};
constexpr pg::Query kFileUploaded{"store.recording.uploaded",
                                  "UPDATE records.recordings SET uploaded_at = now(), upload_error = '' "
                                  "WHERE id = $1 RETURNING id"};
constexpr pg::Query kFileNotUploaded{
    "store.recording.not_uploaded",
    "UPDATE records.recordings SET upload_tries = upload_tries + 1, upload_error = left($2, 256), "
    "upload_next_at = now() + $3::bigint * interval '1 second' WHERE id = $1 RETURNING id"};

const Keyset& recording_keyset() {
  static const Keyset made({.name = "store.recording.walk",
                            .columns = RECORDING_COLUMNS,
                            .matching = MATCHING_RECORDINGS,
                            .params = 5,
                            .id = {"id", "id", "uuid"},
                            .keys = {{"started_at", "started_at", "timestamptz"}},
                            .timeout = kRecordingTimeout});
  return made;
}

void read_recording(pg::RowReader& row, Recording& out) {
  row.next(out.id);
  row.next(out.customer);
  row.next(out.call);
  row.next(out.record);
  row.next(out.trunk);
  row.next(out.node);
  next_named(row, out.form, domain::parse_recording_form);
  row.next(out.started_at);
  row.next(out.ended_at);
  if (const auto cause = row.next<std::optional<std::string_view>>()) {
    out.cause = domain::parse_recording_stop(*cause);
    if (!out.cause) row.fail();
  }
  row.next(out.file);
  row.next(out.octets);
  row.next(out.length_ms);
  row.next(out.packets_lost);
  row.next(out.encrypted);
  row.next(out.sha256);
  row.next(out.uploaded_at);
  row.next(out.upload_tries);
  row.next(out.upload_error);
  row.next(out.expires_at);
}

pg::Params params_of_begun(const Recording& what) {
  return pg::Params::of(what.id, what.customer, what.call, what.record, what.trunk, what.node,
                        to_string(what.form), what.started_at, what.expires_at);
}

Task<void> done_or_error(pg::Pool& pool, const pg::Query* query, pg::Params params) {
  const auto rows = co_await pool.query(daemon_scope(), *query, std::move(params));
  if (!rows) co_return error_of(rows.error());
  co_return Expected<void>();
}

}  // namespace

Task<Paged<Recording>> RecordingRepository::list(Actor actor, RecordingFilter filter, Page page) {
  auto params = pg::Params::of(filter.customer ? filter.customer : actor.customer, filter.call, filter.trunk,
                               filter.from, filter.to);
  return ask_list<Recording>(pool_, scope_of(actor), kCountRecordings, kListRecordings, recording_keyset(),
                             std::move(params), page, read_recording);
}

Task<Recording> RecordingRepository::get(Actor actor, RecordingId id) {
  return ask_one<Recording>(pool_, scope_of(actor), kGetRecording, pg::Params::of(id), read_recording);
}

Task<Recording> RecordingRepository::remove(Actor actor, RecordingId id) {
  return ask_one<Recording>(pool_, scope_of(actor), kDeleteRecording, pg::Params::of(id), read_recording);
}

Task<void> RecordingRepository::note(Actor actor, Recording what, std::string event) {
  actor.customer.reset();  // the trail is the operator's to write
  const auto done =
      co_await pool_.query(scope_of(actor), kNoteRecording,
                           pg::Params::of(what.customer, event, what.id.to_string(), what.call.to_string()));
  if (!done) co_return error_of(done.error());
  co_return Expected<void>();
}

Task<void> RecordingRepository::begun(Recording what) {
  return done_or_error(pool_, &kBeginRecording, params_of_begun(what));
}

Task<void> RecordingRepository::ended(Recording what) {
  auto params = params_of_begun(what);
  params.add(what.ended_at)
      .add(name_of(what.cause))
      .add(what.file)
      .add(what.octets)
      .add(what.length_ms)
      .add(what.packets_lost)
      .add(what.encrypted)
      .add(what.sha256);
  return done_or_error(pool_, &kEndRecording, std::move(params));
}

Task<void> RecordingRepository::expire(std::string node, bool after_upload) {
  return done_or_error(pool_, &kExpireRecordings, pg::Params::of(node, after_upload));
}

Task<std::vector<Recording>> RecordingRepository::to_remove(std::string node, bool uploaded_too,
                                                            std::uint32_t limit) {
  return ask_all<Recording>(pool_, daemon_scope(), kFilesToRemove, pg::Params::of(node, uploaded_too, limit),
                            read_recording);
}

Task<void> RecordingRepository::removed(RecordingId id) {
  return ask_done(pool_, daemon_scope(), kFileRemoved, pg::Params::of(id));
}

Task<std::vector<Recording>> RecordingRepository::to_upload(std::string node, std::uint32_t limit) {
  return ask_all<Recording>(pool_, daemon_scope(), kFilesToUpload, pg::Params::of(node, limit),
                            read_recording);
}

Task<void> RecordingRepository::uploaded(RecordingId id) {
  return ask_done(pool_, daemon_scope(), kFileUploaded, pg::Params::of(id));
}

Task<void> RecordingRepository::not_uploaded(RecordingId id, std::string error, std::chrono::seconds wait) {
  return ask_done(pool_, daemon_scope(), kFileNotUploaded, pg::Params::of(id, error, wait.count()));
}

}  // namespace warp::store
