#include "treat/codecs.h"

#include <algorithm>

namespace warp::media {
namespace {

// A packet stays below an Ethernet frame, L16 too.
constexpr unsigned kLongestPacketMs = 60;
constexpr std::size_t kMostPacketOctets = 1400;

audio::Codec audio_codec(domain::AudioCodec codec) {
  switch (codec) {
    case domain::AudioCodec::Pcmu:
      return audio::Codec::Pcmu;
    case domain::AudioCodec::Pcma:
      return audio::Codec::Pcma;
    case domain::AudioCodec::G722:
      return audio::Codec::G722;
    case domain::AudioCodec::G729:
      return audio::Codec::G729;
    case domain::AudioCodec::Opus:
      return audio::Codec::Opus;
    case domain::AudioCodec::Amr:
      return audio::Codec::Amr;
    case domain::AudioCodec::L16:
      return audio::Codec::L16;
  }
  return audio::Codec::Pcmu;
}

}  // namespace

audio::Parameters parameters_of(const domain::MediaFormat& format) {
  return {.codec = audio_codec(format.codec),
          .clock_rate = format.clock_rate,
          .octet_aligned = format.octet_aligned,
          .mode_set = format.mode_set,
          .in_band_fec = format.in_band_fec,
          .annex_b = format.annex_b};
}

unsigned packet_ms(const domain::MediaFormat& format) {
  const auto parameters = parameters_of(format);
  unsigned longest = kLongestPacketMs;
  if (parameters.codec == audio::Codec::L16)
    longest = std::min<unsigned>(
        longest, static_cast<unsigned>(kMostPacketOctets * 1000 / 2 / std::max(parameters.clock_rate, 1u)));
  const unsigned frame = std::max(audio::frame_ms(parameters), 10u);
  const unsigned wanted = std::clamp<unsigned>(format.ptime_ms, frame, std::max(longest, frame));
  return wanted - wanted % frame;
}

}  // namespace warp::media
