// What the message store costs by itself: a message inserted, sent, finished with a receipt owed, and that
// taken, through PgMessageStore on the Postgres that is given. Run by message_store_bench.py.
//   message_store_bench CONNINFO SECONDS WINDOW    one line of JSON
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <future>
#include <sys/resource.h>

#include <boost/asio.hpp>

#include "warp/base/random.h"
#include "warp/net/loop.h"
#include "warp/store/message_store.h"

namespace {

using namespace warp;
namespace asio = boost::asio;

double cpu_seconds(int who) {
  rusage usage{};
  getrusage(who, &usage);
  const auto seconds = [](const timeval& time) { return double(time.tv_sec) + double(time.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class Load {
 public:
  Load(net::Loop& loop, store::PgMessageStore& store, std::size_t window, std::chrono::seconds seconds)
      : loop_(loop), store_(store), window_(window), until_(loop.clock().now() + seconds) {}

  void begin() {
    for (std::size_t i = 0; i < window_; ++i)
      insert();
  }
  unsigned long long done = 0, failed = 0;

 private:
  void insert() {
    if (loop_.clock().now() >= until_) return leave();
    auto message = make();
    const auto id = message.id;
    store_.insert(std::move(message), [this, id](bool durable) { durable ? sent(id) : lost(); });
  }
  void leave() {
    if (--window_ == 0) loop_.stop();
  }
  void lost() {
    ++failed;
    leave();
  }

  domain::Message make() {
    domain::Message message;
    message.accepted_at = loop_.clock().wall();
    message.id = MessageId{ids_.uuid7(message.accepted_at)};
    message.customer = customer_;
    message.origin = domain::MessageOrigin::Smpp;
    message.esme = esme_;
    message.from.digits = "12025550100";
    message.to.digits = "447700900123";
    message.text = "Your order 00001234 is on its way and comes today";
    message.encoding = "gsm7";
    message.not_before = message.accepted_at;
    message.valid_until = message.accepted_at + std::chrono::hours(48);
    message.state = domain::MessageState::Sending;
    message.connector = connector_;
    message.price = priced();
    open_[message.id] = message;
    return message;
  }
  domain::PricedMessage priced() const {
    return {
        plan_, 3, "44", Money::from_nanos(7'500'000), Money::from_nanos(7'500'000), *Currency::parse("USD")};
  }

  void sent(MessageId id) {
    auto& message = open_.at(id);
    message.state = domain::MessageState::Sent;
    message.sent_at = loop_.clock().wall();
    message.cost = priced();
    message.attempts.push_back({connector_, *message.sent_at, 0, domain::Reason::NormalClearing});
    domain::MessageChange change;
    change.id = id;
    change.accepted_at = message.accepted_at;
    change.state = message.state;
    change.connector = connector_;
    change.sent_at = message.sent_at;
    change.attempt = message.attempts.back();
    change.cost = message.cost;
    change.sent.push_back({id, 1, connector_, "5f3a9c0", *message.sent_at});
    store_.change(std::move(change), [this](bool durable) { failed += !durable; });
    finish(id);
  }
  void finish(MessageId id) {
    auto& message = open_.at(id);
    message.state = domain::MessageState::Delivered;
    message.final_at = loop_.clock().wall();
    domain::Delivery owed;
    owed.message = id;
    owed.customer = customer_;
    owed.esme = esme_;
    owed.created_at = owed.next_try = *message.final_at;
    owed.payload.assign(420, 'x');
    store_.finish(message, {std::move(owed)},
                  [this](bool durable, const std::vector<domain::Delivery>& kept) {
                    if (!durable) return lost();
                    store_.taken(kept.front().id, [this, message = kept.front().message](bool taken) {
                      if (!taken) return lost();
                      open_.erase(message);
                      ++done;
                      insert();
                    });
                  });
  }

  net::Loop& loop_;
  store::PgMessageStore& store_;
  std::size_t window_;
  const Monotonic until_;
  SecureIdSource ids_;
  const CustomerId customer_{ids_.uuid7(WallTime{})};
  const EsmeId esme_{ids_.uuid7(WallTime{})};
  const ConnectorId connector_{ids_.uuid7(WallTime{})};
  const RatePlanId plan_{ids_.uuid7(WallTime{})};
  std::unordered_map<MessageId, domain::Message> open_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::fprintf(stderr, "see the source\n"), 2;
  const SystemClock clock;
  metrics::Registry metrics;
  log::Logger log{{log::Format::Text, log::Level::Error, "/dev/stderr", 64}};
  asio::io_context control{1};
  auto guard = asio::make_work_guard(control);
  std::thread thread([&] { control.run(); });
  pg::PoolSettings settings;
  settings.conninfo = argv[1];
  settings.size = 4;
  pg::Pool pool(control.get_executor(), settings, metrics, log);
  pool.start();
  net::Loop loop("messaging", clock, metrics);
  store::PgMessageStore store(pool, control.get_executor(), loop, {}, metrics, log);
  auto made = asio::co_spawn(control, store.prepare_days(clock.wall(), 1), asio::use_future).get();
  if (!made) return std::fprintf(stderr, "no partitions\n"), 1;
  Load load(loop, store, static_cast<std::size_t>(std::atoi(argv[3])),
            std::chrono::seconds(std::atoi(argv[2])));
  const auto began = clock.now();
  const auto cpu = cpu_seconds(RUSAGE_SELF);
  loop.post([&] { load.begin(); });
  loop.run();
  const auto seconds = std::chrono::duration<double>(clock.now() - began).count();
  std::printf("{\"messages\": %llu, \"failed\": %llu, \"a_second\": %.0f, \"us\": %.1f}\n", load.done,
              load.failed, double(load.done) / seconds,
              (cpu_seconds(RUSAGE_SELF) - cpu) * 1e6 / double(load.done ? load.done : 1));
  asio::co_spawn(control, store.close(), asio::use_future).get();
  asio::co_spawn(control, pool.close(), asio::use_future).get();
  guard.reset();
  control.stop();
  thread.join();
  return load.failed == 0 && load.done > 0 ? 0 : 1;
}
