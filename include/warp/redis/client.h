// Client: one connection to one Redis, shared by everybody. Commands are pipelined: many are in flight, the
// replies come back in order.
//
// Thread-safe; all of its work happens on one strand of the executor that it was given, and callers come back
// on their own executor. Every wait has an end: `command_timeout` for a reply; a server that has then not
// answered for `grace` more loses the connection. A lost connection comes back with backoff and jitter; until
// then commands fail at once with Unavailable, nothing is queued. What was in flight fails with
// ConnectionLost.
//
// Since the connection is shared, commands that would change it or hold it up are refused with BadCommand:
// AUTH, HELLO, SELECT, QUIT, RESET, WATCH, MONITOR, (P/S)SUBSCRIBE, BLPOP and its kin. What MULTI begins
// ends within the same pipeline(), which may hold several such transactions.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "warp/base/log.h"
#include "warp/base/metrics.h"
#include "warp/redis/error.h"
#include "warp/redis/reply.h"
#include "warp/redis/url.h"

namespace warp::redis {

// PEM files, read at every connect, so that renewed ones are taken up. The server's certificate must be good
// for `server_name`.
struct TlsSettings {
  std::string ca_file;                     // empty: the system's certificate authorities
  std::string certificate_file, key_file;  // ours, when the server asks for one
  std::string server_name;                 // empty: the URL's host
};

struct Settings {
  Url url;
  std::string password;  // empty: no AUTH
  std::string client_name = "warpd";
  TlsSettings tls;
  std::chrono::milliseconds connect_timeout{2000};  // name, connection, TLS and AUTH together
  std::chrono::milliseconds command_timeout{1000};
  std::chrono::milliseconds grace{1000};
  std::chrono::milliseconds ping_interval{5000};  // after so long without a reply the server is asked
  std::chrono::milliseconds backoff_min{50}, backoff_max{2000};
  std::size_t max_in_flight = 4096;           // commands sent whose reply has not come
  std::size_t max_unsent_octets = 16u << 20;  // of commands that the server has not taken yet
  std::size_t max_reply_octets = 64u << 20;   // of one reply, in our memory; above: the connection is dropped
};

class Client {
 public:
  Client(boost::asio::any_io_executor executor, Settings settings, metrics::Registry& metrics,
         log::Logger& log);
  ~Client();  // as close(), without waiting
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Begins to connect, and keeps at it.
  void start();
  // Refuses new work, lets what is in flight end within its deadline, closes.
  boost::asio::awaitable<void> close();
  // Connected and let in. Any thread.
  bool healthy() const;

  // `args` as Redis takes them, the command's name first; any octets.
  boost::asio::awaitable<Expected<Reply>> command(std::vector<std::string> args);
  // Sent without another command between them, in one go; as many replies as commands, in their order; what
  // the server refuses is an error in its place and no matter of the others. All or nothing towards the
  // caller: when one gets no reply, the whole has failed, and some of them may have been done.
  boost::asio::awaitable<Expected<std::vector<Reply>>> pipeline(
      std::vector<std::vector<std::string>> commands);

  struct Impl;

 private:
  // Shared with operations under way, which may outlive the Client by a turn of the loop.
  std::shared_ptr<Impl> impl_;
};

}  // namespace warp::redis
