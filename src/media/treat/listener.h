// Listener: what one side says, decoded: in order and at an even pace through a jitter buffer (Recode,
// gateway), or packet by packet as they come, to hear digits and fax tones in what passes.
//
// Made off the worker; used by one thread; nothing is allocated after make().
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "warp/audio/codec.h"
#include "warp/audio/comfort_noise.h"
#include "warp/audio/jitter_buffer.h"
#include "warp/audio/resampler.h"
#include "warp/audio/tone.h"
#include "warp/domain/media_terms.h"
#include "warp/rtp/packet.h"

#include "treat/sample_queue.h"

namespace warp::media {

// What is heard in the audio of a side.
class Ear {
 public:
  virtual ~Ear() = default;
  virtual void digit_begins(char digit) = 0;
  virtual void digit_ended(char digit, std::chrono::milliseconds length) = 0;
  virtual void fax_tone() = 0;
};

class Listener {
 public:
  struct Wishes {
    bool clocked = false;
    bool digits = false;
    bool fax = false;
    // Steady: the same delay all the time, since a fax modem does not forgive a block that is left out.
    // Arrival: no clock at all, for next().
    enum class Pace : std::uint8_t { Adaptive, Steady, Arrival };
    Pace pace = Pace::Adaptive;
    std::uint32_t sample_rate = 8000;  // of pull()
    friend bool operator==(const Wishes&, const Wishes&) = default;
  };
  // Null: there is a format that we cannot decode, or no memory.
  static std::unique_ptr<Listener> make(const domain::MediaTerms& terms, const Wishes& wishes,
                                        std::uint32_t seed);
  ~Listener();

  // A packet of a clocked side; it waits for its turn.
  void put(const rtp::Header& header, std::span<const std::byte> payload, Monotonic now);
  // A packet of a side that passes: it is decoded for the ears alone.
  void overhear(const rtp::Header& header, std::span<const std::byte> payload, Ear& ear);
  // A digit is heard, or suspected: what came last is not to be passed on.
  bool sounding() const { return digits_ != nullptr && digits_->sounding(); }
  // What is to be said at `now`; false: nothing, silence.
  bool pull(std::span<audio::Sample> out, Ear& ear, Monotonic now);
  // The next block of what came (Pace::Arrival); false: it has not come yet.
  bool next(std::span<audio::Sample> out, Ear& ear, Monotonic now);
  // The level (-dBov) of the background noise that pull() makes, since the side rests: it has said so by CN,
  // or by what its codec has for that (G.729 Annex B, AMR SID, Opus DTX). nullopt: it speaks, or is gone.
  std::optional<std::uint8_t> resting() const {
    return in_comfort_ && said_.size() == 0 ? std::optional(comfort_.level()) : std::nullopt;
  }
  const audio::JitterCounts* jitter() const { return buffer_ ? &buffer_->counts() : nullptr; }
  std::chrono::milliseconds depth() const;

 private:
  struct Coding;
  Listener(const Wishes& wishes, std::uint32_t seed);
  bool add(const domain::MediaFormat& format);
  Coding* coding(std::uint8_t type);
  bool play(const audio::JitterPacket& packet, Ear& ear);
  void gather(std::size_t samples, Ear& ear, Monotonic now);
  void heard(Coding& coding, std::size_t samples, Ear& ear);
  void hear_digits(std::span<const audio::Sample> samples, Ear& ear);

  const Wishes wishes_;
  std::vector<Coding> codings_;
  Coding* current_ = nullptr;
  std::uint8_t comfort_type_;
  audio::ComfortNoise comfort_;
  bool in_comfort_ = false;
  unsigned last_ms_ = 20;

  std::unique_ptr<audio::JitterBuffer> buffer_;
  std::unique_ptr<audio::DigitDetector> digits_;
  std::unique_ptr<audio::FaxToneDetector> fax_;
  char digit_ = 0;
  std::uint64_t digit_samples_ = 0;
  std::vector<audio::Sample> decoded_, resampled_;
  SampleQueue said_;
};

}  // namespace warp::media
