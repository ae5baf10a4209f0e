// The client's inside. All of it on the strand, but for what says otherwise.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio.hpp>

#include "warp/base/random.h"
#include "warp/net/completion.h"
#include "warp/redis/client.h"

#include "client_metrics.h"
#include "command.h"
#include "connection.h"
#include "connector.h"

namespace warp::redis {

struct Client::Impl : std::enable_shared_from_this<Client::Impl> {
  Impl(boost::asio::any_io_executor executor, Settings settings, metrics::Registry& registry,
       log::Logger& log);

  // Any thread.
  boost::asio::awaitable<Answer> run(std::vector<Arguments> commands);
  boost::asio::awaitable<void> close();

  void submit(Call call);
  void refuse(Call call, ErrorKind kind, std::string message);

  void start();
  void connect();
  void connected(Connector::Outcome outcome);
  void greet();
  void greeted(const std::vector<Arguments>& greeting, const Answer& answer);
  void let_in();
  void attempt_failed(std::string message);
  void lost(std::string message);
  void drop_connection();
  void note_outage(const char* event, std::string message);
  void back_off();
  void keep_alive();

  void stop();
  void settle();  // when closing: ends it once nobody waits for a reply

  const boost::asio::any_io_executor strand;
  const Settings settings;
  ClientMetrics metrics;
  log::Logger& log;
  std::atomic<bool> healthy{false};

  std::shared_ptr<Connector> connector;
  std::shared_ptr<Connection> connection;
  boost::asio::steady_timer connect_limit, retry, ping, closing_limit;
  bool started = false, closing = false, up = false, ever_up = false;
  Monotonic connect_deadline{}, up_since{};
  std::optional<Monotonic> outage_since;
  std::uint64_t replies_seen = 0;
  std::chrono::milliseconds backoff;
  std::string last_failure = "not connected yet";
  SecureIdSource random;
  std::vector<std::unique_ptr<net::Completion<bool>>> closers;
};

}  // namespace warp::redis
