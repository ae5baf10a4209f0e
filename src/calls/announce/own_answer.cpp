#include "announce/own_answer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "warp/base/text.h"

#include "announce/announcing.h"
#include "mediation.h"
#include "setup/early.h"

namespace warp::calls {

namespace {

using domain::AudioCodec;

struct OwnCodec {
  std::string_view name;
  AudioCodec codec;
};
constexpr std::array<OwnCodec, 7> kOwnCodecs{{{"PCMU", AudioCodec::Pcmu},
                                              {"PCMA", AudioCodec::Pcma},
                                              {"G722", AudioCodec::G722},
                                              {"G729", AudioCodec::G729},
                                              {"opus", AudioCodec::Opus},
                                              {"AMR", AudioCodec::Amr},
                                              {"L16", AudioCodec::L16}}};
constexpr unsigned kUsualPtime = 20;

bool allowed_codec(const domain::MediaPolicy& policy, std::string_view name) {
  return policy.codecs.empty() ||
         std::any_of(policy.codecs.begin(), policy.codecs.end(),
                     [name](const std::string& allowed) { return iequals(allowed, name); });
}

bool says_parameter(std::string_view fmtp, std::string_view parameter) {
  return fmtp.find(parameter) != std::string_view::npos;
}

std::optional<domain::MediaFormat> own_format(const sdp::Media& media, std::uint8_t type) {
  const auto map = media.rtpmap(type);
  if (!map) return std::nullopt;
  for (const OwnCodec& known : kOwnCodecs) {
    if (!iequals(known.name, map->encoding)) continue;
    const std::string_view fmtp = media.fmtp(type);
    domain::MediaFormat format;
    format.codec = known.codec;
    format.payload_type = type;
    format.clock_rate = map->clock_rate;
    format.channels = static_cast<std::uint8_t>(map->channels);
    format.ptime_ms = static_cast<std::uint16_t>(media.ptime().value_or(kUsualPtime));
    format.octet_aligned = says_parameter(fmtp, "octet-align=1");
    format.in_band_fec = says_parameter(fmtp, "useinbandfec=1");
    format.annex_b = false;  // no silence descriptors of ours
    // A choice of modes is the peer's to make; ours would have to keep to it.
    if (known.codec == AudioCodec::Amr && says_parameter(fmtp, "mode-set=")) return std::nullopt;
    return format;
  }
  return std::nullopt;
}

// What telephone-event has at the format's clock rate; nullopt: not offered.
std::optional<std::uint8_t> events_of(const sdp::Media& media, std::uint32_t clock_rate) {
  for (const std::uint8_t type : media.payload_types())
    if (const auto map = media.rtpmap(type);
        map && iequals(map->encoding, "telephone-event") && map->clock_rate == clock_rate)
      return type;
  return std::nullopt;
}

bool audible(const sdp::Session& offer, const sdp::Media& media) {
  const sdp::Direction direction = offer.direction_of(media);
  return iequals(media.kind, "audio") &&
         (direction == sdp::Direction::SendRecv || direction == sdp::Direction::RecvOnly);
}

void copy_attribute(const sdp::Media& from, sdp::Media& to, std::string_view name, std::uint8_t type) {
  const std::string prefix = std::to_string(type) + ' ';
  for (const sdp::Attribute& attribute : from.attributes)
    if (attribute.name == name && attribute.value.starts_with(prefix)) to.attributes.push_back(attribute);
}

sdp::Media answered_line(const sdp::Session& offer, const sdp::Media& offered,
                         const domain::MediaFormat& format, const std::optional<std::uint8_t>& events) {
  sdp::Media line;
  line.kind = offered.kind;
  line.proto = offered.proto;
  for (const auto type : {std::optional<std::uint8_t>(format.payload_type), events}) {
    if (!type) continue;
    line.formats.push_back(std::to_string(*type));
    copy_attribute(offered, line, "rtpmap", *type);
    copy_attribute(offered, line, "fmtp", *type);
  }
  if (offered.ptime()) line.set("ptime", std::to_string(*offered.ptime()));
  if (offer.direction_of(offered) == sdp::Direction::RecvOnly) line.set_direction(sdp::Direction::SendOnly);
  if (offered.rtcp_mux()) line.attributes.push_back({"rtcp-mux", {}});
  return line;
}

sdp::Media refused_line(const sdp::Media& offered) {
  sdp::Media line;
  line.kind = offered.kind;
  line.proto = offered.proto;
  line.formats = offered.formats;
  return line;
}

std::shared_ptr<const domain::MediaTerms> own_terms(const domain::MediaFormat& format,
                                                    const std::optional<std::uint8_t>& events,
                                                    const domain::MediaPolicy& policy) {
  auto terms = std::make_shared<domain::MediaTerms>();
  terms->formats = {format};
  terms->events = events;
  terms->events_clock = format.clock_rate;
  terms->dtmf = policy.dtmf;
  return terms;
}

void describe_lines(OwnAnswer& answer, const sdp::Session& offer, const sdp::Media& line) {
  for (std::size_t i = 0; i < offer.media.size(); ++i)
    answer.description.media.push_back(i == answer.stream ? line : refused_line(offer.media[i]));
}

}  // namespace

std::optional<OwnAnswer> own_answer(const sdp::Session& offer, const domain::MediaPolicy& policy) {
  if (policy.security == domain::MediaSecurity::Required) return std::nullopt;
  const std::size_t lines = std::min<std::size_t>(offer.media.size(), streams_for(offer));
  for (std::size_t i = 0; i < lines; ++i) {
    const sdp::Media& media = offer.media[i];
    OwnAnswer answer;
    answer.stream = i;
    answer.remote = remote_of(offer, i);
    const bool plain = iequals(media.proto, "RTP/AVP") || iequals(media.proto, "RTP/AVPF");
    if (!plain || answer.remote.rtp.port == 0 || answer.remote.opaque || !audible(offer, media)) continue;
    for (const std::uint8_t type : media.payload_types()) {
      const auto format = own_format(media, type);
      if (!format || !allowed_codec(policy, media.rtpmap(type)->encoding)) continue;
      const auto events = events_of(media, format->clock_rate);
      answer.remote.rtcp_mux = media.rtcp_mux();
      answer.remote.expect_rtp = false;
      answer.remote.terms = own_terms(*format, events, policy);
      describe_lines(answer, offer, answered_line(offer, media, *format, events));
      return answer;
    }
  }
  return std::nullopt;
}

void tell_caller_side(Context& context, Call& call, const OwnAnswer& answer) {
  call.media->set_remote(domain::MediaSide::A, answer.stream, answer.remote,
                         context.clock_rates.of(answer.description.media[answer.stream]));
}

std::string speak_for_ourselves(Context& context, Call& call, OwnAnswer answer) {
  // far_key() is odd.
  speak_as(context, call, 2 * std::uint64_t{++announcing_of(call).answers});
  SdpOrigin& origin = call.leg(Side::Caller).sdp;
  const domain::SocketAddress local = call.media->local(domain::MediaSide::A, answer.stream).rtp;
  sdp::Session& description = answer.description;
  // Whoever describes the side after this is somebody else.
  origin.source = 0;
  description.origin.session_id = std::to_string(origin.id);
  description.origin.session_version = std::to_string(++origin.version);
  description.origin.v6 = local.ip.v6;
  description.origin.address = local.ip.to_string();
  sdp::Connection connection;
  connection.address = local.ip.to_string();
  connection.v6 = local.ip.v6;
  description.connection = std::move(connection);
  sdp::Media& line = description.media[answer.stream];
  line.port = local.port;
  if (!line.rtcp_mux()) line.set("rtcp", std::to_string(local.port + 1));
  std::string body;
  if (!sdp::write(description, body)) body.clear();
  return body;
}

}  // namespace warp::calls
