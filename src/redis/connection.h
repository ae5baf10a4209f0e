// Connection: calls out, replies in, on one stream. Sans reconnect: once lost it is of no more use.
//
// Lives on one strand. Shared between the client and its operations under way.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio.hpp>

#include "warp/base/clock.h"
#include "warp/net/completion.h"
#include "warp/redis/client.h"

#include "client_metrics.h"
#include "reply_reader.h"
#include "stream.h"

namespace warp::redis {

inline Monotonic now() {
  return std::chrono::steady_clock::now();
}

using Answer = Expected<std::vector<Reply>>;

// Commands that are sent together and answered to one waiter.
struct Call {
  std::string wire;
  std::size_t commands = 0;
  std::unique_ptr<net::Completion<Answer>> waiter;  // none: given up, what still comes is thrown away
  Monotonic began{};
  bool counted = true;  // false: our own, in no metric
  Monotonic deadline{};
  std::size_t received = 0;
  std::vector<Reply> replies;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  struct Events {
    std::function<void()> on_idle;             // nobody waits for a reply any more
    std::function<void(std::string)> on_lost;  // once, after all waiters were told
  };
  // `settings` and `metrics` outlive it.
  Connection(boost::asio::any_io_executor strand, std::unique_ptr<Stream> stream, const Settings& settings,
             ClientMetrics& metrics);
  void start(Events events);
  // `deadline` is not before those of the calls before it. Says Busy to the waiter when it does not fit; our
  // own calls always do.
  void send(Call call, Monotonic deadline);
  void close();  // without on_lost; who still waits is told ConnectionLost

  bool waited_for() const { return calls_.size() > given_up_; }
  std::size_t in_flight() const { return in_flight_; }
  std::uint64_t replies() const { return replies_; }

 private:
  void read();
  void received(std::size_t octets);
  void take(Reply reply);
  void flush();
  void lose(std::string message);
  void shut(const std::string& message);
  void arm();
  void check_deadlines();

  const Settings& settings_;
  ClientMetrics& metrics_;
  std::unique_ptr<Stream> stream_;
  boost::asio::steady_timer timer_;
  Events events_;
  ReplyReader reader_;
  std::array<char, 32 * 1024> buffer_;
  std::string unsent_, sending_;
  std::deque<Call> calls_;    // in the order of their deadlines
  std::size_t given_up_ = 0;  // of them, at the front
  std::size_t in_flight_ = 0;
  std::uint64_t replies_ = 0;
  Monotonic armed_for_ = Monotonic::max();
  bool alive_ = true, writing_ = false;
};

}  // namespace warp::redis
