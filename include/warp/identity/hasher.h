// Hasher: passwords hashed and verified beside the threads that others wait for.
//
// argon2id takes some 20 ms of a core by intent. ThreadHasher has few threads and a short queue, so that a
// flood of sign-ins is refused instead of starving everything else. Coroutines come back on their own
// executor.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "warp/identity/password.h"

namespace warp::identity {

class Hasher {
 public:
  virtual ~Hasher() = default;
  // nullopt: too many wait already, or there was no memory.
  virtual boost::asio::awaitable<std::optional<std::string>> hash(std::string password) = 0;
  // `stored` empty: nobody's; false after the same time as a wrong password's.
  virtual boost::asio::awaitable<std::optional<bool>> verify(std::string stored, std::string password) = 0;
  virtual HashCost cost() const = 0;
};

class ThreadHasher final : public Hasher {
 public:
  explicit ThreadHasher(HashCost cost = {}, std::size_t threads = 2, std::size_t queue = 64);
  ~ThreadHasher() override;  // what waits is dropped, with the coroutines that wait for it
  boost::asio::awaitable<std::optional<std::string>> hash(std::string password) override;
  boost::asio::awaitable<std::optional<bool>> verify(std::string stored, std::string password) override;
  HashCost cost() const override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The one of this process; its threads begin with the first who asks.
Hasher& process_hasher();

}  // namespace warp::identity
