#include <condition_variable>
#include <mutex>

#include <gtest/gtest.h>

#include "warp/pg/listener.h"

#include "integration/coroutine.h"
#include "integration/services.h"

namespace warp::pg {
namespace {

using test::Postgres;
using namespace std::chrono_literals;

// What the listener called back, for the test's thread to wait for.
class Heard {
 public:
  void connect() {
    std::lock_guard guard(mutex_);
    ++connects_;
    changed_.notify_all();
  }
  void notify(std::string_view channel, std::string_view payload) {
    std::lock_guard guard(mutex_);
    notes_.push_back(std::string(channel) + ":" + std::string(payload));
    changed_.notify_all();
  }
  bool connects(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 20s, [&] { return connects_ >= count; });
  }
  bool note(const std::string& wanted) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 20s, [&] { return std::ranges::find(notes_, wanted) != notes_.end(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int connects_ = 0;
  std::vector<std::string> notes_;
};

class PgListener : public ::testing::Test {
 protected:
  Postgres& postgres = Postgres::instance();
  std::string database = postgres.migrated_database();
  metrics::Registry metrics;
  log::Logger log{{log::Format::Text, log::Level::Error, "/dev/null", 64}};
  Heard heard;
  test::ControlThread control;
  Listener listener{
      control.executor(),
      {postgres.conninfo(database), {"warp_catalogue"}},
      {[this](std::string_view channel, std::string_view payload) { heard.notify(channel, payload); },
       [this] { heard.connect(); }},
      metrics,
      log};
};

TEST_F(PgListener, HearsWhichCatalogueTableChanged) {
  listener.start();
  ASSERT_TRUE(heard.connects(1));
  EXPECT_TRUE(listener.connected());
  postgres.run(database, "INSERT INTO routing.partitions (name) VALUES ('heard')");
  EXPECT_TRUE(heard.note("warp_catalogue:partitions"));
}

TEST_F(PgListener, ComesBackAfterALossAndSaysSo) {
  listener.start();
  ASSERT_TRUE(heard.connects(1));
  postgres.run(
      database,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %' AND usename = "
      "'warpd' AND datname = current_database()");
  ASSERT_TRUE(heard.connects(2));
  postgres.run(database, "SELECT pg_notify('warp_catalogue', 'after')");
  EXPECT_TRUE(heard.note("warp_catalogue:after"));
}

TEST_F(PgListener, ComesBackAfterARestart) {
  listener.start();
  ASSERT_TRUE(heard.connects(1));
  postgres.restart();
  ASSERT_TRUE(heard.connects(2));
  postgres.run(database, "SELECT pg_notify('warp_catalogue', 'again')");
  EXPECT_TRUE(heard.note("warp_catalogue:again"));
}

}  // namespace
}  // namespace warp::pg
