// BindingExchange: the bindings of all nodes through Redis. What registered here is written as it changes;
// what other nodes wrote is read once a second; at the start everything is read, this node's own included, so
// that a restart forgets nobody. Redis may be away: the node works on with what it knows, and writes all of
// its own when Redis is back.
//
// Keys: warp:aor:<trunk>:<user>, a hash from binding id to its text, gone a minute after its last binding;
// and warp:aors, sorted by when each was changed last (milliseconds): what others read on from.
//
// Lives on the control loop; note() is for any thread.
#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "warp/base/clock.h"
#include "warp/redis/client.h"
#include "warp/registrar/binding_store.h"

namespace warp::app {

class BindingExchange {
 public:
  static constexpr std::chrono::milliseconds kInterval{500};

  BindingExchange(redis::Client& redis, registrar::BindingStore& store, const Clock& clock);

  void note(registrar::Change change);  // any thread
  boost::asio::awaitable<void> run();   // until cancelled

 private:
  using Removed = std::set<std::string>;
  boost::asio::awaitable<bool> write_one(registrar::AddressOfRecord address, Removed removed);
  boost::asio::awaitable<void> write();
  boost::asio::awaitable<bool> read();
  boost::asio::awaitable<bool> read_one(std::string member);
  void write_all_later();

  redis::Client& redis_;
  registrar::BindingStore& store_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<registrar::AddressOfRecord, Removed> pending_;  // guarded by mutex_
  std::int64_t read_to_ = 0;                               // score; 0: nothing was read yet
  bool adopt_ = true, connected_ = false;
};

}  // namespace warp::app
