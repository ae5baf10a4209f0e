#include "recording/stream.h"

#include "mediation.h"
#include "negotiation/formats.h"
#include "negotiation/security.h"

namespace warp::calls {

namespace {

bool has_audio(const domain::MediaStreamRemote& remote) {
  return !remote.opaque && remote.terms != nullptr && !remote.terms->formats.empty();
}

}  // namespace

std::optional<std::size_t> recorded_stream(const Call& call) {
  if (!call.media) return std::nullopt;
  const auto memory = call.media->memory();
  for (std::size_t i = 0; i < memory.streams.size(); ++i)
    if (has_audio(memory.streams[i].remotes[0]) && has_audio(memory.streams[i].remotes[1])) return i;
  return std::nullopt;
}

recording::CopyWay way_towards(const sdp::Session& description, std::size_t side, const Picture& picture,
                               const RecorderSdp& sdp) {
  recording::CopyWay way;
  way.types.fill(recording::CopyWay::kUnwanted);
  if (side >= description.media.size()) return way;
  const sdp::Media& line = description.media[side];
  if (line.port == 0 || is_secure_profile(line.proto) != sdp.srtp) return way;
  const RecordedSide& ours = picture.sides[side];
  const AudioFormats theirs = formats_of(line);
  bool any = false;
  for (const domain::MediaFormat& format : ours.formats) {
    way.clocks[format.payload_type & 0x7f] = format.clock_rate;
    for (const AudioFormat& taken : theirs.codecs)
      if (same_codec(described(format), taken)) {
        way.types[format.payload_type & 0x7f] = taken.payload_type;
        any = true;
        break;
      }
  }
  if (!any) return way;
  if (ours.events) {
    std::uint8_t& digits = way.types[*ours.events & 0x7f];
    way.clocks[*ours.events & 0x7f] = ours.events_clock;
    if (!sdp.events)
      digits = recording::CopyWay::kMasked;
    else if (!theirs.events.empty())
      digits = theirs.events.front().payload_type;
  }
  if (ours.comfort_noise && !theirs.comfort_noise.empty())
    way.types[*ours.comfort_noise & 0x7f] = theirs.comfort_noise.front().payload_type;
  const domain::MediaStreamRemote remote = remote_of(description, side);
  way.rtcp = remote.rtcp;
  const sdp::Direction said = direction_of(description, line);
  if (said == sdp::Direction::RecvOnly || said == sdp::Direction::SendRecv) way.rtp = remote.rtp;
  if (line.rtcp_mux()) way.rtcp = remote.rtp;
  if (sdp.srtp) way.key = sdp.keys[side];
  return way;
}

}  // namespace warp::calls
