// Formats: the codecs of an audio line as values, and lines made of such values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/domain/media_terms.h"
#include "warp/sdp/session.h"

namespace warp::calls {

// A payload type of an audio line. Codecs that the daemon cannot code are carried all the same.
struct AudioFormat {
  std::uint8_t payload_type = 0;
  std::string encoding;  // as rtpmap says it
  std::uint32_t clock_rate = 8000;
  unsigned channels = 1;
  std::string fmtp;                            // empty: none
  std::optional<domain::MediaFormat> codable;  // ptime_ms is not filled in
};

bool is_audio(const sdp::Media& media);  // with RTP
bool is_fax(const sdp::Media& media);    // T.38 over UDPTL

// What an audio line lists, in its order; dynamic types without rtpmap are left out.
struct AudioFormats {
  std::vector<AudioFormat> codecs;
  std::vector<AudioFormat> events;         // telephone-event, a clock rate each
  std::vector<AudioFormat> comfort_noise;  // CN
  friend bool operator==(const AudioFormats&, const AudioFormats&) = default;
};
AudioFormats formats_of(const sdp::Media& media);
// Replaces formats, rtpmap and fmtp of the line.
void set_formats(sdp::Media& media, const AudioFormats& formats);

// Do both speak of the same codec, in the same packing?
bool same_codec(const AudioFormat& a, const AudioFormat& b);
bool operator==(const AudioFormat& a, const AudioFormat& b);  // also type and parameters

// Place of a codec among a policy's names; npos: it is not there. No names: 0 for every codec.
inline constexpr std::size_t kNotNamed = static_cast<std::size_t>(-1);
std::size_t place_of(const AudioFormat& format, const std::vector<std::string>& names);

// A codec of ours by its name in a policy, or telephone-event, with a payload type that `used` does not have;
// nullopt: there is none left. It is added to `used`.
using UsedTypes = std::vector<std::uint8_t>;
std::optional<AudioFormat> make_format(std::string_view name, UsedTypes& used);
std::optional<AudioFormat> make_events(std::uint32_t clock_rate, UsedTypes& used);
// As a line names a codec of ours.
AudioFormat described(const domain::MediaFormat& format);
// As we describe what we would be sent in a codec that the peer offered.
std::string own_parameters(const domain::MediaFormat& format);

}  // namespace warp::calls
