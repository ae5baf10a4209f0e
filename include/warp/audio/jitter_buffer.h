// JitterBuffer: puts the packets of one stream in order and gives them out at an even pace, as late as the
// jitter seen asks and no later.
//
// Depth adapts between `least` and `most`: it grows at once when packets come too late for their turn, and
// shrinks one packet at a time when for two seconds less would have done, in silence when there is any. SSRC
// changes and jumps of sequence or timestamp by more than a second begin anew (of a sequence once a second
// packet follows it); a timestamp that moved as far as time did was silence. Packets of other payload types
// (telephone-event, CN) keep their place in the order. A value of one thread; time comes in.
//
// With Pace::AsItComes it keeps the order alone: what is there is given out at once, and only a gap is waited
// for, `least` long. For who hears at the pace of arrival and loses nothing to a sender or a machine that
// stood.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "warp/base/clock.h"

namespace warp::audio {

struct JitterSettings {
  enum class Pace : std::uint8_t { Even, AsItComes };
  std::chrono::milliseconds least{20}, most{200};
  Pace pace = Pace::Even;
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
  std::uint64_t played = 0;
  std::uint64_t late = 0;  // came after its turn; it is among the lost
  std::uint64_t duplicate = 0;
  std::uint64_t lost = 0;      // its turn passed without it
  std::uint64_t overflow = 0;  // was there, and dropped for want of room or to lessen the depth
};

class JitterBuffer {
 public:
  static constexpr std::size_t kPlaces = 64;         // packets held at most
  static constexpr std::size_t kMostPayload = 1460;  // longer ones are dropped

  static constexpr std::chrono::milliseconds kBridge{100};

  // Nothing: silence, or not begun. When nothing comes any more it is Lost for kBridge, then Nothing.
  enum class Verdict : std::uint8_t { Packet, Lost, Nothing };

  explicit JitterBuffer(const JitterSettings& settings, std::uint32_t clock_rate);
  ~JitterBuffer();
  JitterBuffer(JitterBuffer&&) noexcept;
  JitterBuffer& operator=(JitterBuffer&&) noexcept;

  void put(const JitterPacket& packet, Monotonic now);
  // What is to be played at `now`. Packet: `out` is valid until the next call. Lost: conceal one packet's
  // length; `out.payload` is then the packet behind the lost one, if it is there (Decoder::recover()). Called
  // as often as a packet's length says; after a packet that carries no audio once more at the same `now`.
  Verdict take(Monotonic now, JitterPacket& out);
  // How long the quickest packets of the last seconds waited here.
  std::chrono::milliseconds depth() const;
  const JitterCounts& counts() const;
  void reset();

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace warp::audio
