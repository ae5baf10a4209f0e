// Formats and terms for the tests of treated streams.
#pragma once

#include <vector>

#include "warp/domain/media_terms.h"

namespace warp::media::testing {

inline domain::MediaFormat format_of(domain::AudioCodec codec, std::uint8_t type, std::uint32_t clock = 8000,
                                     std::uint8_t channels = 1) {
  domain::MediaFormat format;
  format.codec = codec;
  format.payload_type = type;
  format.clock_rate = clock;
  format.channels = channels;
  return format;
}
inline domain::MediaFormat pcmu() {
  return format_of(domain::AudioCodec::Pcmu, 0);
}
inline domain::MediaFormat pcma() {
  return format_of(domain::AudioCodec::Pcma, 8);
}
inline domain::MediaFormat g722() {
  return format_of(domain::AudioCodec::G722, 9);
}
inline domain::MediaFormat g729() {
  return format_of(domain::AudioCodec::G729, 18);
}
inline domain::MediaFormat opus(std::uint8_t type = 96) {
  return format_of(domain::AudioCodec::Opus, type, 48000, 2);
}
inline domain::MediaFormat amr(std::uint8_t type = 97) {
  return format_of(domain::AudioCodec::Amr, type);
}

// `events`: 0 for none.
inline domain::MediaTerms audio_terms(std::vector<domain::MediaFormat> formats, std::uint8_t events) {
  domain::MediaTerms terms;
  terms.formats = std::move(formats);
  if (events != 0) terms.events = events;
  return terms;
}

}  // namespace warp::media::testing
