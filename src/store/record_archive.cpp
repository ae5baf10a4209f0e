#include "warp/store/record_archive.h"

#include "warp/base/compressed_file.h"

#include "support.h"

namespace warp::store {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr auto kRecordArchiveLong = 30min;
// Control characters as quote and delimiter: JSON has none, so that each line is the bare document.
constexpr std::string_view kRecordArchiveLines =
    ") TO STDOUT (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')";

// Days begin at midnight UTC, whatever the session's zone is.
constexpr pg::Query kRecordArchiveUtc{"store.record_archive.utc", "SET LOCAL TimeZone TO 'UTC'"};
constexpr pg::Query kRecordArchiveDays{"store.record_archive.days",
                                       "SELECT d::text FROM records.days_before($1) AS d"};
constexpr pg::Query kLockRecordArchive{"store.record_archive.lock",
                                       "SELECT pg_try_advisory_xact_lock(hashtext('records.archive'))"};
constexpr pg::Query kRecordArchiveStanding{
    "store.record_archive.standing",
    "SELECT part, records, charged_nanos::text, file, encode(sha256, 'hex') FROM records.past_days "
    "WHERE day = $1::date AND archived_at IS NOT NULL AND dropped_at IS NULL ORDER BY part DESC LIMIT 1"};
constexpr pg::Query kNextPart{"store.record_archive.next_part",
                              "SELECT coalesce(max(part) FILTER (WHERE dropped_at IS NULL), "
                              "coalesce(max(part), 0) + 1) FROM records.past_days WHERE day = $1::date"};
constexpr pg::Query kRecordArchiveSums{
    "store.record_archive.sums",
    "SELECT count(*), coalesce(sum(charge_nanos), 0)::text FROM records.cdrs "
    "WHERE setup_at >= $1::date AND setup_at < $1::date + 1",
    kRecordArchiveLong};
constexpr pg::Query kRecordArchiveArchived{
    "store.record_archive.archived",
    "INSERT INTO records.past_days (day, part, archived_at, records, charged_nanos, file, sha256) "
    "VALUES ($1::date, $2, now(), $3, $4::numeric, $5, decode($6, 'hex')) ON CONFLICT (day, part) DO UPDATE "
    "SET archived_at = excluded.archived_at, records = excluded.records, "
    "charged_nanos = excluded.charged_nanos, file = excluded.file, sha256 = excluded.sha256"};
constexpr pg::Query kLockDay{"store.record_archive.lock_day", "SELECT records.lock_day($1::date)", 30s};
constexpr pg::Query kDropRecordArchive{"store.record_archive.drop", "SELECT records.drop_day($1::date)", 30s};
constexpr pg::Query kDropped{
    "store.record_archive.dropped",
    "UPDATE records.past_days SET dropped_at = now() WHERE day = $1::date AND part = $2"};
constexpr pg::Query kOld{"store.record_archive.old",
                         "SELECT file FROM records.past_days WHERE day < ($1::timestamptz AT TIME ZONE "
                         "'UTC')::date AND file <> '' AND dropped_at IS NOT NULL ORDER BY day, part"};
constexpr pg::Query kForgotten{"store.record_archive.forgotten",
                               "UPDATE records.past_days SET file = '' WHERE file = $1"};

std::string name_of_file(std::string day, int part) {
  std::erase(day, '-');
  return "cdrs-" + day + (part > 1 ? "-" + std::to_string(part) : "") + ".jsonl.zst";
}

struct Sums {
  std::uint64_t records = 0;
  std::string charged;
};

Task<Sums> sums_of(pg::Transaction& tx, std::string day) {
  auto params = pg::Params::of(day);
  const auto rows = co_await tx.query(kRecordArchiveSums, std::move(params));
  if (!rows) co_return error_of(rows.error());
  if (rows->empty()) co_return not_found();
  pg::RowReader row((*rows)[0]);
  Sums out;
  row.next(out.records);
  row.next(out.charged);
  if (!row.ok()) co_return bad_row(kRecordArchiveSums.name);
  co_return out;
}

Task<std::uint64_t> copy_day(pg::Transaction& tx, std::string day, CompressedFile& file) {
  std::string sql = "COPY (SELECT to_jsonb(r) FROM records.cdrs r WHERE setup_at >= date '" + day +
                    "' AND setup_at < date '" + day + "' + 1 ORDER BY setup_at, id";
  sql += kRecordArchiveLines;
  auto consume = [&file](std::span<const std::byte> row) { return file.write(row); };
  pg::Transaction::Consumer consumer = consume;
  const auto copied = co_await tx.copy_out("store.record_archive.copy", std::move(sql), std::move(consumer),
                                           kRecordArchiveLong);
  if (copied) co_return *copied;
  if (!file.error().empty()) co_return Error{ErrorKind::Internal, file.error(), {}};
  co_return error_of(copied.error());
}

// In UTC; the second: whether this is the one node that works now.
boost::asio::awaitable<Expected<bool>> begin_work(pg::Transaction& tx) {
  pg::Params none, nothing;
  const auto utc = co_await tx.query(kRecordArchiveUtc, std::move(none));
  if (!utc) co_return error_of(utc.error());
  const auto locked = co_await tx.query(kLockRecordArchive, std::move(nothing));
  if (!locked) co_return error_of(locked.error());
  co_return !locked->empty() && pg::RowReader((*locked)[0]).next<bool>();
}

}  // namespace

RecordArchive::RecordArchive(pg::Pool& pool, RecordArchiveSettings settings, metrics::Registry& metrics,
                             log::Logger& log)
    : pool_(pool),
      settings_(std::move(settings)),
      log_(log),
      archived_(metrics.counter("warp_records_archived_total",
                                "Call records that left the database for the archive.")),
      failures_(metrics.counter("warp_records_archive_failures_total",
                                "Days of call records that could not be archived or dropped.")) {}

bool RecordArchive::failed(const char* what, const Day& day, const std::string& why) {
  failures_.add();
  log_.error("store.record_archive_failed", {{"step", what},
                                             {"day", day},
                                             {"error", why},
                                             {"effect", "records stay in the database; tried again"}});
  return false;
}

Task<std::vector<RecordArchive::Day>> RecordArchive::days_before(WallTime before) {
  return ask_all<Day>(pool_, daemon_scope(), kRecordArchiveDays, pg::Params::of(before),
                      read_value<std::string>);
}

Task<std::optional<RecordArchive::Part>> RecordArchive::standing(Day day) {
  auto params = pg::Params::of(day);
  const auto rows = co_await pool_.query(daemon_scope(), kRecordArchiveStanding, std::move(params));
  if (!rows) co_return error_of(rows.error());
  if (rows->empty()) co_return std::optional<Part>();
  pg::RowReader row((*rows)[0]);
  Part part;
  row.next(part.part);
  row.next(part.records);
  row.next(part.charged);
  row.next(part.file);
  row.next(part.sha256);
  if (!row.ok()) co_return bad_row(kRecordArchiveStanding.name);
  co_return std::optional<Part>(std::move(part));
}

// One snapshot for the lines and the sums: what is said of the file is what is in it.
Task<std::uint64_t> RecordArchive::archive(Day day) {
  pg::TransactionOptions options;
  options.isolation = pg::Isolation::RepeatableRead;
  auto tx = co_await pool_.begin(daemon_scope(), options);
  if (!tx) co_return error_of(tx.error());
  const auto ours = co_await begin_work(*tx);
  if (!ours) co_return ours.error();
  if (!*ours) co_return std::uint64_t{0};
  auto asked = pg::Params::of(day);
  const auto number = co_await tx->query(kNextPart, std::move(asked));
  if (!number) co_return error_of(number.error());
  const int part = pg::RowReader((*number)[0]).next<int>();
  const auto place = settings_.folder / name_of_file(day, part);
  auto file = CompressedFile::create(place);
  if (!file) co_return Error{ErrorKind::Internal, file.error(), {}};
  const auto copied = co_await copy_day(*tx, day, *file);
  if (!copied) co_return copied.error();
  const auto sums = co_await sums_of(*tx, day);
  if (!sums) co_return sums.error();
  const auto finished = file->finish();
  if (!finished) co_return Error{ErrorKind::Internal, finished.error(), {}};
  const auto digest = co_await sha256_of(place);
  if (digest.empty() || sums->records != *copied)
    co_return Error{ErrorKind::Internal, place.string() + " is not what was written", {}};
  auto mark = pg::Params::of(day, part, sums->records, sums->charged, place.string(), digest);
  const auto marked = co_await tx->query(kRecordArchiveArchived, std::move(mark));
  if (!marked) co_return error_of(marked.error());
  const auto ended = co_await tx->commit();
  if (!ended) co_return error_of(ended.error());
  log_.info("store.records_archived", {{"day", day}, {"records", *copied}, {"file", place.string()}});
  co_return *copied;
}

Task<RecordArchive::Drop> RecordArchive::drop(Day day, Part part) {
  std::error_code error;
  if (!fs::exists(part.file, error)) co_return Drop::Elsewhere;
  const auto digest = co_await sha256_of(part.file);
  if (digest != part.sha256) co_return Drop::Differs;
  auto tx = co_await pool_.begin(daemon_scope());
  if (!tx) co_return error_of(tx.error());
  const auto ours = co_await begin_work(*tx);
  if (!ours) co_return ours.error();
  if (!*ours) co_return Drop::Elsewhere;
  auto wanted = pg::Params::of(day);
  const auto locked = co_await tx->query(kLockDay, std::move(wanted));
  if (!locked) co_return error_of(locked.error());
  const auto sums = co_await sums_of(*tx, day);
  if (!sums) co_return sums.error();
  if (sums->records != part.records || sums->charged != part.charged) co_return Drop::Differs;
  auto gone = pg::Params::of(day);
  const auto dropped = co_await tx->query(kDropRecordArchive, std::move(gone));
  if (!dropped) co_return error_of(dropped.error());
  auto mark = pg::Params::of(day, part.part);
  const auto marked = co_await tx->query(kDropped, std::move(mark));
  if (!marked) co_return error_of(marked.error());
  const auto ended = co_await tx->commit();
  if (!ended) co_return error_of(ended.error());
  co_return Drop::Done;
}

// What differs (a record came later, the file was damaged) is archived once more, and looked at in the next
// round.
boost::asio::awaitable<bool> RecordArchive::tend(Day day, Round& done) {
  auto part = co_await standing(day);
  if (!part) co_return failed("look", day, part.error().message);
  if (!*part) {
    const auto count = co_await archive(day);
    if (!count) co_return failed("archive", day, count.error().message);
    archived_.add(*count);
    done.archived += *count;
    part = co_await standing(day);
    if (!part) co_return failed("look", day, part.error().message);
    if (!*part) co_return true;  // another node is at it
  }
  const auto gone = co_await drop(day, **part);
  if (!gone) co_return failed("drop", day, gone.error().message);
  switch (*gone) {
    case Drop::Done:
      ++done.days;
      break;
    case Drop::Elsewhere:
      log_.info("store.record_archive_elsewhere", {{"day", day}, {"file", (*part)->file}});
      break;
    case Drop::Differs: {
      const auto again = co_await archive(day);
      if (!again) co_return failed("archive", day, again.error().message);
      log_.warning("store.record_archive_again", {{"day", day}, {"file", (*part)->file}});
      break;
    }
  }
  co_return true;
}

boost::asio::awaitable<bool> RecordArchive::tend_files(WallTime now, Round& done) {
  auto params = pg::Params::of(WallTime(now - settings_.keep_files));
  const auto old =
      co_await ask_all<std::string>(pool_, daemon_scope(), kOld, std::move(params), read_value<std::string>);
  if (!old) co_return failed("old files", "", old.error().message);
  for (const auto& file : *old) {
    log_.info("store.record_archive_old", {{"file", file}, {"deleted", settings_.delete_files}});
    done.old_files.push_back(file);
    if (!settings_.delete_files) continue;
    std::error_code error;
    if (!fs::remove(file, error)) {
      if (error) co_return failed("delete", file, error.message());
      continue;  // another node has it
    }
    auto forgotten = pg::Params::of(file);
    const auto marked = co_await pool_.query(daemon_scope(), kForgotten, std::move(forgotten));
    if (!marked) co_return failed("delete", file, marked.error().message);
  }
  co_return true;
}

boost::asio::awaitable<bool> RecordArchive::round(WallTime now, Round& done) {
  if (settings_.folder.empty()) co_return true;
  const auto days = co_await days_before(now - settings_.keep);
  if (!days) co_return failed("look", "", days.error().message);
  for (const auto& day : *days) {
    const bool well = co_await tend(day, done);
    if (!well) co_return false;
  }
  co_return co_await tend_files(now, done);
}

}  // namespace warp::store
