#include "warp/store/message_archive.h"

#include "warp/base/compressed_file.h"

#include "support.h"

namespace warp::store {
namespace {

using namespace std::chrono_literals;

constexpr auto kMessageArchiveLong = 10min;
// Control characters as quote and delimiter: JSON has none, so that each line is the bare document.
constexpr std::string_view kMessageArchiveLines =
    ") TO STDOUT (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')";

constexpr pg::Query kMessageArchiveDays{
    "store.archive.days",
    "SELECT d::text FROM sms.days_before($1) AS d LEFT JOIN sms.past_days p ON p.day = d "
    "WHERE NOT ($2 AND p.redacted_at IS NOT NULL) ORDER BY d"};
constexpr pg::Query kRedact{"store.archive.redact",
                            "UPDATE sms.messages SET body = '', octets = NULL WHERE accepted_at >= $1::date "
                            "AND accepted_at < $1::date + 1 AND final_at IS NOT NULL "
                            "AND (body <> '' OR octets IS NOT NULL) RETURNING 1",
                            kMessageArchiveLong};
constexpr pg::Query kRedacted{
    "store.archive.redacted",
    "INSERT INTO sms.past_days (day, redacted_at) SELECT $1::date, now() WHERE NOT EXISTS "
    "(SELECT FROM sms.live WHERE accepted_at >= $1::date AND accepted_at < $1::date + 1) "
    "ON CONFLICT (day) DO UPDATE SET redacted_at = excluded.redacted_at"};
// Null: another node is at it, it is done, or a message of that day lives.
constexpr pg::Query kMayArchive{
    "store.archive.may",
    "SELECT pg_try_advisory_xact_lock(hashtext('sms.archive')) "
    "AND NOT EXISTS (SELECT FROM sms.past_days WHERE day = $1::date AND archived_at IS NOT NULL) "
    "AND NOT EXISTS (SELECT FROM sms.live WHERE accepted_at >= $1::date AND accepted_at < $1::date + 1)"};
constexpr pg::Query kMessageArchiveArchived{
    "store.archive.archived",
    "INSERT INTO sms.past_days (day, archived_at, messages, file) VALUES ($1::date, now(), $2, $3) "
    "ON CONFLICT (day) DO UPDATE SET archived_at = excluded.archived_at, messages = excluded.messages, "
    "file = excluded.file"};
constexpr pg::Query kDropMessageArchive{
    "store.archive.drop",
    "SELECT EXISTS (SELECT FROM sms.past_days WHERE day = $1::date AND archived_at IS NOT NULL) "
    "AND sms.drop_day($1::date)",
    30s};
constexpr pg::Query kForget{"store.archive.forget",
                            "DELETE FROM sms.client_references WHERE accepted_at < $1", kMessageArchiveLong};

// Days begin at midnight UTC, whatever the session's zone is.
constexpr pg::Query kMessageArchiveUtc{"store.archive.utc", "SET LOCAL TimeZone TO 'UTC'"};

}  // namespace

MessageArchive::MessageArchive(pg::Pool& pool, MessageArchiveSettings settings, metrics::Registry& metrics,
                               log::Logger& log)
    : pool_(pool),
      settings_(std::move(settings)),
      log_(log),
      archived_(
          metrics.counter("warp_sms_archived_total", "Messages that left the database for the archive.")),
      redacted_(
          metrics.counter("warp_sms_redacted_total", "Messages whose text was taken out of the database.")),
      failures_(metrics.counter("warp_sms_archive_failures_total",
                                "Days that could not be redacted, archived or dropped.")) {}

bool MessageArchive::failed(const char* what, const Day& day, const std::string& why) {
  failures_.add();
  log_.error("store.archive_failed",
             {{"step", what},
              {"day", day},
              {"error", why},
              {"effect", "messages stay in the database; tried again within the hour"}});
  return false;
}

Task<std::vector<MessageArchive::Day>> MessageArchive::days_before(WallTime before, bool unredacted) {
  return ask_all<Day>(pool_, daemon_scope(), kMessageArchiveDays, pg::Params::of(before, unredacted),
                      read_value<std::string>);
}

Task<std::uint64_t> MessageArchive::redact(Day day) {
  auto tx = co_await pool_.begin(daemon_scope());
  if (!tx) co_return error_of(tx.error());
  pg::Params none;
  const auto utc = co_await tx->query(kMessageArchiveUtc, std::move(none));
  if (!utc) co_return error_of(utc.error());
  auto which = pg::Params::of(day);
  const auto rows = co_await tx->query(kRedact, std::move(which));
  if (!rows) co_return error_of(rows.error());
  auto mark = pg::Params::of(day);
  const auto marked = co_await tx->query(kRedacted, std::move(mark));
  if (!marked) co_return error_of(marked.error());
  const auto ended = co_await tx->commit();
  if (!ended) co_return error_of(ended.error());
  co_return static_cast<std::uint64_t>(rows->size());
}

Task<std::uint64_t> MessageArchive::archive(Day day) {
  auto tx = co_await pool_.begin(daemon_scope());
  if (!tx) co_return error_of(tx.error());
  pg::Params none;
  const auto utc = co_await tx->query(kMessageArchiveUtc, std::move(none));
  if (!utc) co_return error_of(utc.error());
  auto asked = pg::Params::of(day);
  const auto may = co_await tx->query(kMayArchive, std::move(asked));
  if (!may) co_return error_of(may.error());
  if (may->empty() || !pg::RowReader((*may)[0]).next<bool>()) co_return std::uint64_t{0};

  std::string compact = day;
  std::erase(compact, '-');
  const auto place = settings_.folder / ("messages-" + compact + ".jsonl.zst");
  auto file = CompressedFile::create(place);
  if (!file) co_return Error{ErrorKind::Internal, file.error(), {}};
  std::string sql = "COPY (SELECT to_jsonb(m)";
  if (!settings_.with_text) sql += " - '{body,octets,udh,rich}'::text[]";
  sql += " FROM sms.messages m WHERE accepted_at >= date '" + day + "' AND accepted_at < date '" + day +
         "' + 1 ORDER BY accepted_at, id";
  sql += kMessageArchiveLines;
  auto consume = [&out = *file](std::span<const std::byte> row) { return out.write(row); };
  pg::Transaction::Consumer consumer = consume;
  const auto copied =
      co_await tx->copy_out("store.archive.copy", std::move(sql), std::move(consumer), kMessageArchiveLong);
  if (!copied) {
    if (!file->error().empty()) co_return Error{ErrorKind::Internal, file->error(), {}};
    co_return error_of(copied.error());
  }
  const auto finished = file->finish();
  if (!finished) co_return Error{ErrorKind::Internal, finished.error(), {}};
  auto mark = pg::Params::of(day, static_cast<std::int64_t>(*copied), place.string());
  const auto marked = co_await tx->query(kMessageArchiveArchived, std::move(mark));
  if (!marked) co_return error_of(marked.error());
  const auto ended = co_await tx->commit();
  if (!ended) co_return error_of(ended.error());
  log_.info("store.archived", {{"day", day}, {"messages", *copied}, {"file", place.string()}});
  co_return *copied;
}

Task<bool> MessageArchive::drop(Day day) {
  auto params = pg::Params::of(day);
  const auto rows = co_await pool_.query(daemon_scope(), kDropMessageArchive, std::move(params));
  if (!rows) co_return error_of(rows.error());
  co_return !rows->empty() && pg::RowReader((*rows)[0]).next<bool>();
}

Task<void> MessageArchive::forget_references(WallTime before) {
  auto params = pg::Params::of(before);
  const auto done = co_await pool_.query(daemon_scope(), kForget, std::move(params));
  if (!done) co_return error_of(done.error());
  co_return Expected<void>();
}

boost::asio::awaitable<bool> MessageArchive::redact_days(WallTime now, Round& done) {
  const auto days = co_await days_before(now - settings_.keep_text, true);
  if (!days) co_return failed("redact", "", days.error().message);
  for (const auto& day : *days) {
    const auto count = co_await redact(day);
    if (!count) co_return failed("redact", day, count.error().message);
    redacted_.add(*count);
    done.redacted += *count;
  }
  co_return true;
}

boost::asio::awaitable<bool> MessageArchive::archive_days(WallTime now, Round& done) {
  const auto days = co_await days_before(now - settings_.keep, false);
  if (!days) co_return failed("archive", "", days.error().message);
  for (const auto& day : *days) {
    const auto count = co_await archive(day);
    if (!count) co_return failed("archive", day, count.error().message);
    archived_.add(*count);
    done.archived += *count;
    const auto gone = co_await drop(day);
    if (!gone) co_return failed("drop", day, gone.error().message);
    if (*gone) ++done.days;
  }
  co_return true;
}

boost::asio::awaitable<bool> MessageArchive::round(WallTime now, Round& done) {
  bool well = true;
  if (settings_.keep_text < settings_.keep) well = co_await redact_days(now, done);
  if (!settings_.folder.empty()) {
    const bool kept = co_await archive_days(now, done);
    well = well && kept;
  }
  const auto forgotten = co_await forget_references(now - settings_.keep_references);
  if (!forgotten) well = failed("forget references", "", forgotten.error().message);
  co_return well;
}

}  // namespace warp::store
