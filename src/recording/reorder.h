// Reorder: the packets of one RTP stream in the order of their sequence numbers. A gap is waited for while
// few packets are behind it, then passed over. A value of one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "warp/base/clock.h"

namespace warp::recording {

struct Voice {
  std::uint16_t sequence = 0;
  std::uint32_t timestamp = 0;
  std::uint32_t ssrc = 0;
  std::uint8_t payload_type = 0;
  Monotonic at{};  // of its coming
  std::vector<std::byte> payload;
};

class Reorder {
 public:
  static constexpr std::size_t kHeld = 10;  // packets
  static constexpr std::chrono::milliseconds kWait{120};
  using Give = std::function<void(const Voice&)>;

  explicit Reorder(Give give) : give_(std::move(give)) {}
  void put(Voice voice);
  void expire(Monotonic now);  // gives what has waited long enough
  void flush();                // everything

 private:
  void give_front();
  void give_ready();

  Give give_;
  std::deque<Voice> held_;  // by sequence
  bool begun_ = false;
  std::uint16_t expected_ = 0;
  std::uint32_t ssrc_ = 0;
};

}  // namespace warp::recording
