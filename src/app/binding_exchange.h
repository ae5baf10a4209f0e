// BindingExchange: the bindings of all nodes through Redis. What changed here is gathered for a moment and
// written, many addresses a round trip; what other nodes wrote is read the same way, within a second of their
// writing. At the start everything is read, this node's own included, so that a restart forgets nobody. Redis
// may be away: the node works on with what it knows, and writes all of its own when Redis is back.
//
// Keys: warp:aor:<trunk>:<user>, a hash from binding id to its text, gone a minute after its last binding;
// and warp:aors, sorted by when each was changed last (milliseconds): what others read on from. The fraction
// of a score tells apart what changed in one millisecond, so that who has seen a score has seen the change.
//
// Lives on the control loop; note() is for any thread.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "warp/base/clock.h"
#include "warp/redis/client.h"
#include "warp/registrar/binding_store.h"

namespace warp::app {

class BindingExchange {
 public:
  static constexpr std::chrono::milliseconds kGather{100};  // changes of so long are written together
  static constexpr std::chrono::milliseconds kRead{800};    // between reads
  static constexpr std::chrono::milliseconds kRetry{500};   // after what failed
  static constexpr std::size_t kBatch = 64;                 // addresses a round trip, at most
  static constexpr std::size_t kPage = 10'000;              // of the index at once

  BindingExchange(redis::Client& redis, registrar::BindingStore& store, const Clock& clock);

  void note(registrar::Change change);  // any thread
  boost::asio::awaitable<void> run();   // until cancelled
  // One round of run(): writes, and reads when it is time. False: something failed and is asked for again.
  boost::asio::awaitable<bool> turn();

 private:
  using Removed = std::set<std::string>;
  using Work = std::map<registrar::AddressOfRecord, Removed>;
  using Commands = std::vector<std::vector<std::string>>;
  struct Batch;
  struct Entry;
  enum class Sent : std::uint8_t { All, Refused, Nothing };

  boost::asio::awaitable<bool> write();
  boost::asio::awaitable<Sent> send(std::shared_ptr<Batch> batch);
  void add(Batch& batch, Work::node_type change);
  void written(const std::string& member, double score, const redis::Reply& before);
  boost::asio::awaitable<bool> read();
  boost::asio::awaitable<bool> take(std::vector<Entry> entries, double oldest);
  boost::asio::awaitable<void> trim();
  std::vector<Entry> unseen(const std::vector<redis::Reply>& page) const;
  bool seen(const std::string& member, double score) const;
  void remember(std::string member, double score);
  void begin_anew();
  void keep(Work::node_type change);
  void write_all_later();
  double next_score();

  redis::Client& redis_;
  registrar::BindingStore& store_;
  const Clock& clock_;
  std::mutex mutex_;
  Work pending_;                                  // guarded by mutex_
  std::unordered_map<std::string, double> seen_;  // changes that are ours or merged, no older than read_from_
  std::int64_t read_from_ = 0;  // score that the next read begins at; 0: nothing was read yet
  std::uint64_t salt_;
  Monotonic next_read_{};
  unsigned reads_ = 0;
  bool adopt_ = true, connected_ = false;
};

}  // namespace warp::app
