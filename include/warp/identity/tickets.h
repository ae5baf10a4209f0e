// Tickets: what a client that can send no header shows once instead of its credential, a moment after it got
// it.
//
// In Redis where there is one (key warp:ticket:<SHA-256>, so that any node takes it), else in this process,
// at most kMost at a time. A ticket is 32 random octets; what it stands for is opaque here.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

namespace warp::redis {
class Client;
}

namespace warp::identity {

class TicketDesk {
 public:
  static constexpr std::size_t kMost = 10'000;

  // `redis` may be null; outlives the desk. Desks without it share the process's memory.
  explicit TicketDesk(redis::Client* redis) : redis_(redis) {}

  // nullopt: Redis is away, or too many are out.
  boost::asio::awaitable<std::optional<std::string>> issue(std::string content, std::chrono::seconds life);
  // nullopt: unknown, used, too old, or Redis is away.
  boost::asio::awaitable<std::optional<std::string>> redeem(std::string ticket);

 private:
  redis::Client* redis_;
};

// Of a secret as it is stored and looked up: its SHA-256 in hexadecimal.
std::string digest_of(std::string_view secret);
// `prefix` and 64 hexadecimal digits of the operating system's randomness.
std::string make_secret(std::string_view prefix);

}  // namespace warp::identity
