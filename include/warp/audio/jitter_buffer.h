// JitterBuffer: puts the packets of one stream in order and gives them out at an even pace, as late as the
// jitter seen asks and no later.
//
// Depth adapts between `least` and `most`: it grows at once when packets come too late for their turn, and
// shrinks one packet at a time when for two seconds less would have done, in silence when there is any. SSRC
// changes and jumps of sequence or timestamp by more than a second begin anew. A value of one thread; time
// comes in.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "warp/base/clock.h"

namespace warp::audio {

struct JitterSettings {
  std::chrono::milliseconds least{20}, most{200};
};

struct JitterPacket {
  std::uint16_t sequence = 0;
  std::uint32_t timestamp = 0;
  std::uint32_t ssrc = 0;
  std::uint8_t payload_type = 0;
  bool marker = false;
  std::span<const std::byte> payload;
};

struct JitterCounts {
  std::uint64_t played = 0, late = 0, duplicate = 0, lost = 0, overflow = 0;
};

class JitterBuffer {
 public:
  static constexpr std::size_t kPlaces = 64;         // packets held at most
  static constexpr std::size_t kMostPayload = 1460;  // longer ones are dropped

  enum class Verdict : std::uint8_t { Packet, Lost, Nothing };  // Nothing: silence, or not begun

  explicit JitterBuffer(const JitterSettings& settings, std::uint32_t clock_rate);
  ~JitterBuffer();
  JitterBuffer(JitterBuffer&&) noexcept;
  JitterBuffer& operator=(JitterBuffer&&) noexcept;

  void put(const JitterPacket& packet, Monotonic now);
  // What is to be played at `now`. Packet: `out` is valid until the next call. Lost: conceal one packet's
  // length. Called as often as a packet's length says.
  Verdict take(Monotonic now, JitterPacket& out);
  std::chrono::milliseconds depth() const;
  const JitterCounts& counts() const;
  void reset();

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace warp::audio
