#include "integration/services.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <thread>
#include <unistd.h>

#include <hiredis/hiredis.h>
#include <libpq-fe.h>
#include <openssl/crypto.h>

#include "warp/store/migrator.h"

#include "integration/process.h"

namespace warp::test {
namespace {

const std::string kPostgresBin = "/usr/lib/postgresql/15/bin/";

// Servers cannot tell us that they are up: asked again until they are, for ten seconds at most.
template <class Ready>
void until(Ready ready, const char* what) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!ready()) {
    if (std::chrono::steady_clock::now() > limit)
      throw std::runtime_error(std::string(what) + " did not start");
    std::this_thread::yield();
  }
}

}  // namespace

namespace {

// Fixtures that live as long as the process have threads that still use OpenSSL while the process exits: it
// must not clean up after itself there.
[[maybe_unused]] const int kNoCleanup = OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);

}  // namespace

Postgres& Postgres::instance() {
  static auto* server = [] {
    auto* made = new Postgres;
    std::atexit([] { instance().stop(); });
    return made;
  }();
  return *server;
}

Postgres::Postgres() : directory_(temporary_folder(service_user())) {
  const auto made = wait_for(spawn({kPostgresBin + "initdb", "-D", directory_ + "/data", "-A", "trust", "-U",
                                    "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"},
                                   service_user(), directory_ + "/initdb.log"));
  if (made != 0) throw std::runtime_error("initdb failed: " + directory_);
  start();
  run("postgres", "CREATE ROLE owner LOGIN CREATEROLE NOSUPERUSER NOBYPASSRLS");
}

void Postgres::start() {
  process_ = spawn({kPostgresBin + "postgres", "-D", directory_ + "/data", "-c", "listen_addresses=", "-c",
                    "unix_socket_directories=" + directory_, "-c", "fsync=off", "-c", "full_page_writes=off",
                    "-c", "synchronous_commit=off", "-c", "max_connections=60", "-c", "shared_buffers=128MB"},
                   service_user(), directory_ + "/server.log");
  const auto probe = superuser("postgres");
  until([&] { return PQping(probe.c_str()) == PQPING_OK; }, "postgres");
}

void Postgres::stop() {
  stop_process(process_, SIGINT);  // fast shutdown
  process_ = 0;
}

std::string Postgres::conninfo(const std::string& database, const std::string& user) const {
  return "host=" + directory_ + " dbname=" + database + " user=" + user;
}

std::string Postgres::run(const std::string& database, const std::string& sql) const {
  const std::unique_ptr<PGconn, void (*)(PGconn*)> connection(PQconnectdb(superuser(database).c_str()),
                                                              PQfinish);
  const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(connection.get(), sql.c_str()), PQclear);
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
    throw std::runtime_error(PQerrorMessage(connection.get()));
  return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

std::string Postgres::create_database() {
  const auto name = "test_" + std::to_string(++databases_);
  run("postgres", "CREATE DATABASE " + name + " OWNER owner");
  return name;
}

const std::string& Postgres::migrated_database() {
  if (migrated_.empty()) {
    const auto name = create_database();
    const auto report = store::migrate(owner(name), store::embedded_migrations());
    if (!report) throw std::runtime_error(report.error());
    migrated_ = name;
  }
  return migrated_;
}

void Postgres::drop_database(const std::string& name) {
  run("postgres", "DROP DATABASE " + name + " WITH (FORCE)");
}

Redis& Redis::instance() {
  static auto* server = [] {
    auto* made = new Redis;
    std::atexit([] { instance().stop(); });
    return made;
  }();
  return *server;
}

Redis::Redis() : directory_(temporary_folder(service_user())), socket_(directory_ + "/redis.sock") {
  start();
}

void Redis::start() {
  unlink(socket_.c_str());
  process_ = spawn({"/usr/bin/redis-server", "--port", "0", "--unixsocket", socket_, "--save", "",
                    "--appendonly", "no", "--dir", directory_},
                   service_user(), directory_ + "/server.log");
  until(
      [&] {
        const std::unique_ptr<redisContext, void (*)(redisContext*)> context(
            redisConnectUnix(socket_.c_str()), redisFree);
        if (!context || context->err) return false;
        auto* reply = redisCommand(context.get(), "PING");
        freeReplyObject(reply);
        return reply != nullptr;
      },
      "redis");
}

void Redis::stop() {
  stop_process(process_, SIGTERM);
  process_ = 0;
}

}  // namespace warp::test
