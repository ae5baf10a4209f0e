#include "warp/store/migrator.h"

#include <cstdio>
#include <memory>
#include <optional>

#include <libpq-fe.h>

#include "warp/base/checked.h"

namespace warp::store {
namespace {

using Connection = std::unique_ptr<PGconn, void (*)(PGconn*)>;
using Answer = std::unique_ptr<PGresult, void (*)(PGresult*)>;
using Problem = std::optional<std::string>;

constexpr const char* kLockMigration = "SELECT pg_advisory_lock(8389754676633367137)";
constexpr const char* kBook =
    "CREATE SCHEMA IF NOT EXISTS warp;"
    "CREATE TABLE IF NOT EXISTS warp.schema_migrations ("
    " version integer PRIMARY KEY, slug text NOT NULL, checksum text NOT NULL,"
    " applied_at timestamptz NOT NULL DEFAULT now())";
constexpr const char* kApplied =
    "SELECT version, slug, checksum FROM warp.schema_migrations ORDER BY version";
constexpr const char* kNoteMigration =
    "INSERT INTO warp.schema_migrations (version, slug, checksum) VALUES ($1, $2, $3)";

struct Applied {
  std::uint32_t version;
  std::string slug, checksum;
};

std::string number(std::uint32_t version) {
  char text[16];
  std::snprintf(text, sizeof text, "%04u", version);
  return text;
}

std::string title(std::uint32_t version, const std::string& slug) {
  return number(version) + "_" + slug;
}

bool succeeded(const Answer& answer) {
  const auto status = PQresultStatus(answer.get());
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

Answer ask(const Connection& connection, const char* sql) {
  return {PQexec(connection.get(), sql), PQclear};
}

Result<Connection, std::string> open(const std::string& conninfo) {
  Connection connection(PQconnectdb(conninfo.c_str()), PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK)
    return std::string("cannot connect to Postgres: ") + PQerrorMessage(connection.get());
  PQsetNoticeProcessor(
      connection.get(), [](void*, const char*) {}, nullptr);
  return connection;
}

Result<std::vector<Applied>, std::string> applied(const Connection& connection) {
  const auto rows = ask(connection, kApplied);
  if (!succeeded(rows)) return std::string(PQerrorMessage(connection.get()));
  std::vector<Applied> out;
  for (int i = 0; i < PQntuples(rows.get()); ++i)
    out.push_back({parse_number<std::uint32_t>(PQgetvalue(rows.get(), i, 0)).value_or(0),
                   PQgetvalue(rows.get(), i, 1), PQgetvalue(rows.get(), i, 2)});
  return out;
}

// What was applied must be what we have, from the first on.
Problem conflict(const std::vector<Applied>& done, const std::vector<Migration>& known) {
  for (std::size_t i = 0; i < done.size(); ++i) {
    const auto name = title(done[i].version, done[i].slug);
    if (done[i].version != i + 1)
      return "the database's list of migrations has a gap before " + name + ": restore it from a backup";
    if (i >= known.size())
      return "the database has migration " + name +
             ", which this program does not know: it is of a newer release; run that one";
    if (done[i].checksum != known[i].checksum)
      return "migration " + name + " was changed after it had been applied (applied as " +
             done[i].checksum.substr(0, 12) + ", now " + known[i].checksum.substr(0, 12) +
             "): put the file back as it was and add a new migration for the change";
  }
  return std::nullopt;
}

Problem apply_one(const Connection& connection, const Migration& migration) {
  const auto name = title(migration.version, migration.slug);
  const auto failed = [&] { return "migration " + name + ": " + PQerrorMessage(connection.get()); };
  if (!succeeded(ask(connection, "BEGIN"))) return failed();
  if (!succeeded(ask(connection, migration.sql.c_str()))) {
    auto problem = failed();
    ask(connection, "ROLLBACK");
    return problem;
  }
  if (PQtransactionStatus(connection.get()) != PQTRANS_INTRANS)
    return "migration " + name + " ends its transaction itself: take its COMMIT or ROLLBACK out";
  const auto version = std::to_string(migration.version);
  const char* const values[] = {version.c_str(), migration.slug.c_str(), migration.checksum.c_str()};
  const Answer noted(PQexecParams(connection.get(), kNoteMigration, 3, nullptr, values, nullptr, nullptr, 0),
                     PQclear);
  if (!succeeded(noted) || !succeeded(ask(connection, "COMMIT"))) return failed();
  return std::nullopt;
}

}  // namespace

Result<MigrationReport, std::string> migrate(const std::string& conninfo,
                                             const std::vector<Migration>& migrations) {
  auto connection = open(conninfo);
  if (!connection) return std::move(connection).error();
  // Held until the connection closes.
  if (!succeeded(ask(*connection, kLockMigration)) || !succeeded(ask(*connection, kBook)))
    return std::string("cannot prepare the schema `warp`: ") + PQerrorMessage(connection->get());
  const auto done = applied(*connection);
  if (!done) return done.error();
  if (auto problem = conflict(*done, migrations)) return std::move(*problem);
  MigrationReport report;
  for (auto i = done->size(); i < migrations.size(); ++i) {
    if (auto problem = apply_one(*connection, migrations[i])) return std::move(*problem);
    report.applied.push_back(title(migrations[i].version, migrations[i].slug));
  }
  report.version = static_cast<std::uint32_t>(migrations.size());
  return report;
}

Result<SchemaState, std::string> schema_state(const std::string& conninfo,
                                              const std::vector<Migration>& migrations) {
  auto connection = open(conninfo);
  if (!connection) return std::move(connection).error();
  // The daemon's login may look only as one of its roles; before the first migration there is none.
  ask(*connection, "SET ROLE warp_operator");
  const auto there = ask(*connection, "SELECT to_regclass('warp.schema_migrations') IS NOT NULL");
  if (!succeeded(there)) return std::string(PQerrorMessage(connection->get()));
  SchemaState state;
  if (PQgetvalue(there.get(), 0, 0)[0] == 't') {
    const auto done = applied(*connection);
    if (!done) return done.error();
    state.version = static_cast<std::uint32_t>(done->size());
    if (auto problem = conflict(*done, migrations)) {
      state.difference = std::move(*problem);
      return state;
    }
  }
  state.current = state.version == migrations.size();
  if (!state.current)
    state.difference = "the schema is at version " + std::to_string(state.version) + ", this program needs " +
                       std::to_string(migrations.size()) + ": run `warpd migrate`";
  return state;
}

}  // namespace warp::store
