// RequestWindow: requests that wait for their responses, by sequence number, oldest first. A ring in which
// sequence numbers are consecutive: finding one is arithmetic, and a warm window allocates nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "warp/base/clock.h"
#include "warp/smpp/session/types.h"

namespace warp::smpp {

class RequestWindow {
 public:
  struct Entry {
    std::uint32_t sequence = 0;  // 0: none any more
    CommandId command{};
    Monotonic deadline{};
    std::uint64_t position = 0;  // in the stream
    Completion done;
  };

  // Sequence numbers come one after the other, with wrap; deadlines do not go back.
  void add(Entry entry);
  // The number after the last one was used for something else.
  void skip();

  const Entry* find(std::uint32_t sequence) const;
  std::optional<Entry> take(std::uint32_t sequence);
  std::optional<Entry> take_expired(Monotonic now);
  std::optional<Entry> take_oldest();

  std::size_t size() const { return live_; }
  // Between the oldest open request and the newest: grows while one of many stays open.
  std::size_t span() const { return count_; }
  Monotonic first_deadline() const { return count_ == 0 ? Monotonic::max() : at(0).deadline; }

 private:
  Entry& at(std::size_t index) { return ring_[(head_ + index) & (ring_.size() - 1)]; }
  const Entry& at(std::size_t index) const { return ring_[(head_ + index) & (ring_.size() - 1)]; }
  void push(Entry entry);
  void drop_answered();
  Entry take_at(std::size_t index);

  std::vector<Entry> ring_;  // its size is a power of two
  std::size_t head_ = 0, count_ = 0, live_ = 0;
  std::uint32_t first_ = 0;  // sequence of at(0)
};

}  // namespace warp::smpp
