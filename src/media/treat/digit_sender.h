// DigitSender: the digits that one side is to get, one behind the other, as RFC 4733 events or as tones.
// Ticks of 20 ms move it. A value of one thread; never allocates.
#pragma once

#include <array>
#include <optional>
#include <span>

#include "warp/audio/tone.h"
#include "warp/rtp/telephone_event.h"

#include "treat/speaker.h"

namespace warp::media {

class DigitSender {
 public:
  static constexpr std::size_t kMostWaiting = 32;
  static constexpr std::chrono::milliseconds kTick{20}, kGap{60}, kLongest{10'000};

  // Without a length it lasts until end(), which says how long that was. False: no digit, or too many wait.
  bool push(char digit, std::optional<std::chrono::milliseconds> length);
  void end(std::chrono::milliseconds length);
  bool busy() const { return sending_ || count_ != 0 || gap_ > std::chrono::milliseconds(0); }
  void clear();

  // One tick. Events: a packet goes out, when it is time for one.
  void send_event(std::uint8_t type, std::uint32_t clock_rate, Outlet& outlet, PacketSink& sink,
                  Monotonic now);
  // Tones: what is said in this tick.
  void fill(std::span<audio::Sample> out, std::uint32_t sample_rate);

 private:
  struct Digit {
    char digit = 0;
    std::optional<std::chrono::milliseconds> length;
  };
  bool next();
  void finish();

  std::array<Digit, kMostWaiting> waiting_{};
  std::size_t first_ = 0, count_ = 0;

  bool sending_ = false;
  Digit now_;
  std::chrono::milliseconds gap_{0};
  std::uint64_t said_ = 0;  // samples of the tone
  std::optional<audio::DigitTone> tone_;
  std::optional<rtp::EventSender> event_;
};

}  // namespace warp::media
