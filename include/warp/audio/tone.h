// Tones: made (DTMF, ring-back, beeps) and heard (DTMF by spandsp, fax CNG and CED).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "warp/audio/codec.h"

namespace warp::audio {

// 0-9, *, #, A-D; also `event`s 0..15 of RFC 4733.
bool is_digit(char digit);
std::optional<std::uint8_t> event_of(char digit);
std::optional<char> digit_of(std::uint8_t event);

// The two tones of a digit, the high one at -8 dBm0 and the low one 2 dB below it, with ramps of 2 ms;
// continues without a seam block by block. What is no digit is silent.
class DigitTone {
 public:
  DigitTone(char digit, std::uint32_t sample_rate);
  void fill(std::span<Sample> out);
  void finish(std::span<Sample> out);  // the last block: it ends in a ramp, and fill() is silent from then on

 private:
  double next();

  double low_, high_, low_phase_ = 0, high_phase_ = 0;  // radians a sample; radians
  std::uint32_t ramp_left_, ramp_;
  bool silent_ = false;
};

// A sine of `hertz` at `level_dbm0` (0 dBm0 = 3.14 dB below full scale).
std::vector<Sample> sine(double hertz, double level_dbm0, std::uint32_t milliseconds,
                         std::uint32_t sample_rate);
// One period of the ring-back tone of a country ("us": 440+480 Hz 2 s on 4 s off; "eu": 425 Hz 1 s on 4 s
// off; "uk": 400+450 Hz 0.4 s on 0.2 s off 0.4 s on 2 s off). Any other plan: "us".
std::vector<Sample> ringback(std::string_view plan, std::uint32_t sample_rate);

struct HeardDigit {
  char digit = 0;
  bool begins = false;  // false: it has ended
};

// Audio at 8000 Hz. `heard` of a call to hear() is what changed in it.
class DigitDetector {
 public:
  static std::unique_ptr<DigitDetector> make();  // null: no memory
  virtual ~DigitDetector() = default;
  virtual std::span<const HeardDigit> hear(std::span<const Sample> samples) = 0;
  // A digit sounds just now, or one is suspected: what is heard is not to be passed on.
  virtual bool sounding() const = 0;
};

enum class FaxTone : std::uint8_t { Cng, Ced };  // Ced: the answering tone, or the V.21 flags behind it
class FaxToneDetector {
 public:
  static std::unique_ptr<FaxToneDetector> make();
  virtual ~FaxToneDetector() = default;
  virtual std::optional<FaxTone> hear(std::span<const Sample> samples) = 0;  // 8000 Hz
};

}  // namespace warp::audio
