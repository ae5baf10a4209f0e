// Writer: the recordings under way, on one thread: commands and packets in, files out.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "warp/base/log.h"

#include "session.h"
#include "tap.h"

namespace warp::recording {

// What start() looks at and the writer keeps.
struct Room {
  std::uint64_t quota = 0, least_free = 0;
  std::atomic<std::uint64_t> stored{0};   // octets of files that are finished
  std::atomic<std::uint64_t> growing{0};  // of those that are not, at the last look
  std::atomic<bool> disk_full{false};
  bool over_quota() const { return quota != 0 && stored + growing >= quota; }
};

class Writer {
 public:
  using Give = std::function<void(Session::Ended)>;
  Writer(const Place& place, const AudioKit& kit, Inlet& inlet, Room& room, log::Logger& log, Give give)
      : place_(place), kit_(kit), inlet_(inlet), room_(room), log_(log), give_(std::move(give)) {}

  // What has come so far is done; flushes when a second has passed.
  void round(Monotonic now);
  void end_all(Monotonic now, StopCause cause);
  std::size_t running() const { return running_.size(); }

 private:
  struct Entry {
    std::shared_ptr<Subject> subject;
    std::unique_ptr<Session> session;
    bool good = true;
  };
  void handle(Begin& begin);
  void take(std::span<const std::byte> item);
  void advance(Monotonic now);
  void flush(Monotonic now);
  void look_at_disk();
  void finish(std::uint64_t key, Monotonic now, StopCause cause);
  template <class Which>
  void finish_those(Monotonic now, StopCause cause, Which which);

  const Place& place_;
  const AudioKit& kit_;
  Inlet& inlet_;
  Room& room_;
  log::Logger& log_;
  Give give_;
  std::unordered_map<std::uint64_t, Entry> running_;
  std::unordered_map<Uuid, std::uint64_t> keys_;
  std::vector<End> ending_;  // in the next round
  Monotonic advanced_at_{}, flushed_at_{};
};

}  // namespace warp::recording
