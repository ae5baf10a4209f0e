// Private Postgres and Redis for the integration tests: started once a test binary in a temporary folder, on
// unix sockets only, and stopped whatever happens (also when the tests crash: the servers' parent-death
// signal).
#pragma once

#include <string>

namespace warp::test {

class Postgres {
 public:
  static Postgres& instance();  // starts it at the first call

  // An empty database; `owner` (a role without superuser rights that may create roles) owns it.
  std::string create_database();
  // With all migrations applied; the same one for all who ask: tests make their own customers in it.
  const std::string& migrated_database();
  void drop_database(const std::string& name);

  std::string conninfo(const std::string& database, const std::string& user = "warpd") const;
  std::string superuser(const std::string& database) const { return conninfo(database, "postgres"); }
  std::string owner(const std::string& database) const { return conninfo(database, "owner"); }
  // One statement as superuser; the first column of the first row, or empty. Throws when it fails.
  std::string run(const std::string& database, const std::string& sql) const;
  void stop();
  void start();
  void restart() {
    stop();
    start();
  }

 private:
  Postgres();
  std::string directory_;
  std::string migrated_;
  int process_ = 0;
  int databases_ = 0;
};

class Redis {
 public:
  static Redis& instance();
  const std::string& socket() const { return socket_; }
  void stop();
  void start();

 private:
  Redis();
  std::string directory_, socket_;
  int process_ = 0;
};

}  // namespace warp::test
