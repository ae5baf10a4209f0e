// Track: one stream of one side, decoded onto the timeline.
//
// The place of a packet comes of its timestamp, from an anchor that is set by arrival; when timestamps and
// arrival disagree by more than kMostDrift (another clock, a pause without a marker, a jump), the anchor is
// set anew. What a format change leaves in flight is still understood: the formats before are remembered.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "warp/domain/media_terms.h"
#include "warp/recording/audio_kit.h"

#include "reorder.h"
#include "timeline.h"

namespace warp::recording {

class Track {
 public:
  static constexpr std::chrono::milliseconds kMostDrift{200};

  // All of it outlives the track. `begin`: where the timeline begins.
  Track(const AudioKit& kit, Timeline& timeline, unsigned channel, std::uint32_t rate, Monotonic begin);
  Track(const Track&) = delete;
  Track& operator=(const Track&) = delete;

  void set(const domain::MediaTerms& terms);
  void packet(std::span<const std::byte> datagram, Monotonic at);
  void expire(Monotonic now) { order_.expire(now); }
  void flush() { order_.flush(); }

 private:
  struct Way {
    domain::MediaFormat format;
    std::unique_ptr<audio::Decoder> decoder;
    std::unique_ptr<audio::Resampler> resampler;
    std::uint32_t rate = 8000;  // of the decoder
  };

  void hear(const Voice& voice);
  Way* way_of(std::uint8_t payload_type);
  std::int64_t place_of(const Voice& voice, std::uint32_t clock_rate);

  const AudioKit& kit_;
  Timeline& timeline_;
  const unsigned channel_;
  const std::uint32_t rate_;
  const Monotonic begin_;
  Reorder order_;
  std::map<std::uint8_t, domain::MediaFormat> formats_;
  std::map<std::uint8_t, Way> ways_;
  struct Anchor {
    std::uint32_t ssrc = 0, timestamp = 0, clock_rate = 0;
    std::int64_t place = 0;
  };
  std::optional<Anchor> anchor_;
  std::int64_t next_ = 0;  // behind what was placed last
  std::vector<audio::Sample> heard_, fitted_;
};

// As the audio room is told of it.
audio::Parameters parameters_of(const domain::MediaFormat& format);

}  // namespace warp::recording
