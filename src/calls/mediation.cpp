#include "mediation.h"

#include <algorithm>
#include <array>

#include "warp/base/text.h"

#include "media_watch.h"
#include "negotiation/formats.h"
#include "negotiation/security.h"

namespace warp::calls {

namespace {

constexpr std::array<std::string_view, 14> kKeptAttributes{
    "rtpmap",   "fmtp",     "ptime",   "maxptime",  "sendrecv",    "sendonly", "recvonly",
    "inactive", "rtcp-mux", "rtcp-fb", "framerate", "silenceSupp", "content",  "gpmd"};

const domain::MediaStreamRemote kUnused{{}, {}, false, false};

bool kept(const sdp::Attribute& attribute, bool fax) {
  if (fax && attribute.name.starts_with("T38")) return true;
  return std::find(kKeptAttributes.begin(), kKeptAttributes.end(), attribute.name) != kKeptAttributes.end();
}

bool carried(const sdp::Media& media) {
  return media.port != 0 && (iequals(media.proto, "RTP/AVP") || iequals(media.proto, "RTP/AVPF") ||
                             is_secure_profile(media.proto) || is_fax(media));
}

bool unspecified(const sdp::Session& description, const sdp::Media& media) {
  const sdp::Connection* connection = description.connection_of(media);
  return connection != nullptr && connection->is_unspecified();
}

// nullopt: none, or a name: media goes to addresses only.
std::optional<domain::IpAddress> address_of(const sdp::Session& description, const sdp::Media& media) {
  const sdp::Connection* connection = description.connection_of(media);
  return connection == nullptr ? std::nullopt : domain::IpAddress::parse(connection->address);
}

}  // namespace

sdp::Direction direction_of(const sdp::Session& description, const sdp::Media& media) {
  const sdp::Direction stated = description.direction_of(media);
  if (!unspecified(description, media)) return stated;
  switch (stated) {
    case sdp::Direction::SendRecv:
    case sdp::Direction::SendOnly:
      return sdp::Direction::SendOnly;
    case sdp::Direction::RecvOnly:
    case sdp::Direction::Inactive:
      return sdp::Direction::Inactive;
  }
  return stated;
}

namespace {

void rewrite_media(sdp::Media& media, sdp::Direction direction, bool direction_stated) {
  std::erase_if(media.attributes,
                [fax = is_fax(media)](const sdp::Attribute& attribute) { return !kept(attribute, fax); });
  media.others.clear();
  media.connection.reset();
  media.port_count = 1;
  if (direction_stated || direction != sdp::Direction::SendRecv) media.set_direction(direction);
}

void refuse_media(sdp::Media& media) {
  media.port = 0;
  media.port_count = 1;
  media.attributes.clear();
  media.others.clear();
  media.bandwidth.clear();
  media.connection.reset();
}

void set_origin(sdp::Session& description, const domain::IpAddress& address, SdpOrigin& origin) {
  std::string source = description.origin.session_id;
  source += ' ';
  source += description.origin.session_version;
  source += ' ';
  source += description.origin.address;
  const std::uint64_t hash = stable_hash(source) | 1;
  if (hash != origin.source) {
    ++origin.version;
    origin.source = hash;
  }
  description.origin.username = "-";
  description.origin.session_id = std::to_string(origin.id);
  description.origin.session_version = std::to_string(origin.version);
  description.origin.v6 = address.v6;
  description.origin.address = address.to_string();
}

void connect_side(domain::MediaSession& media, std::size_t index, Side side, const sdp::Session& description,
                  const SideAgreement& agreed, bool both_talk, ClockRateCache& rates) {
  domain::MediaStreamRemote remote = remote_of(description, index);
  remote.rtcp_mux = agreed.mux;
  remote.terms = agreed.terms;
  remote.expect_rtp = both_talk;
  media.set_remote(media_side(side), index, remote, rates.of(description.media[index]));
}

}  // namespace

BodyKind body_kind(const sip::Message& message) {
  if (message.body().empty()) return BodyKind::None;
  const std::string_view type = message.content_type();
  const std::string_view encoding = message.header(sip::HeaderId::ContentEncoding);
  if (!encoding.empty() && !iequals(encoding, "identity")) return BodyKind::Unsupported;
  return iequals(trim(type.substr(0, type.find(';'))), "application/sdp") ? BodyKind::Sdp
                                                                          : BodyKind::Unsupported;
}

std::uint8_t streams_for(const sdp::Session& description) {
  return static_cast<std::uint8_t>(
      std::clamp<std::size_t>(description.media.size(), 1, domain::MediaSession::kMaxStreams));
}

bool relayable(const sdp::Session& description) {
  const std::size_t streams = streams_for(description);
  for (std::size_t i = 0; i < std::min(streams, description.media.size()); ++i)
    if (carried(description.media[i]) && address_of(description, description.media[i])) return true;
  return false;
}

bool uses_v6(const sdp::Session& description, bool fallback) {
  if (description.media.empty()) return fallback;
  const sdp::Connection* connection = description.connection_of(description.media.front());
  return connection == nullptr ? fallback : connection->v6;
}

domain::MediaStreamRemote remote_of(const sdp::Session& description, std::size_t index) {
  domain::MediaStreamRemote remote;
  if (index >= description.media.size()) return remote;
  const sdp::Media& media = description.media[index];
  const auto ip = address_of(description, media);
  if (!carried(media) || !ip || ip->is_unspecified()) return remote;
  remote.rtp = {*ip, media.port};
  remote.opaque = is_fax(media);
  if (remote.opaque) return remote;
  remote.rtcp = {*ip, static_cast<std::uint16_t>(media.port + 1)};
  if (const auto rtcp = media.rtcp()) {
    remote.rtcp.port = rtcp->port;
    if (rtcp->connection)
      if (const auto other = domain::IpAddress::parse(rtcp->connection->address)) remote.rtcp.ip = *other;
  }
  return remote;
}

void rewrite(sdp::Session& description, const domain::MediaSession& media, std::size_t streams, Side from,
             SdpOrigin& origin) {
  const domain::MediaSide towards = media_side(other(from));
  bool direction_stated = false;
  for (const auto& attribute : description.attributes)
    direction_stated = direction_stated || attribute.name == "sendrecv" || attribute.name == "sendonly" ||
                       attribute.name == "recvonly" || attribute.name == "inactive";
  for (std::size_t i = 0; i < description.media.size(); ++i) {
    sdp::Media& line = description.media[i];
    if (i >= streams || !carried(line)) {
      refuse_media(line);
      continue;
    }
    const sdp::Direction direction = direction_of(description, line);
    const domain::SocketAddress local = media.local(towards, i).rtp;
    rewrite_media(line, direction, direction_stated || line.direction().has_value());
    line.port = local.port;
    if (!line.rtcp_mux() && !is_fax(line)) line.set("rtcp", std::to_string(local.port + 1));
  }
  const domain::IpAddress address = media.local(towards, 0).rtp.ip;
  set_origin(description, address, origin);
  description.name = "-";
  description.attributes.clear();
  description.others.clear();
  description.times = {"0 0"};
  sdp::Connection connection;
  connection.address = address.to_string();
  connection.v6 = address.v6;
  description.connection = std::move(connection);
}

void connect_stream(domain::MediaSession& media, std::size_t index,
                    const std::array<const sdp::Session*, 2>& theirs, const StreamAgreement& agreed,
                    ClockRateCache& rates) {
  if (!carried(theirs[0]->media[index]) || !carried(theirs[1]->media[index])) {
    for (const Side side : {Side::Caller, Side::Callee})
      media.set_remote(media_side(side), index, kUnused, nullptr);
    return;
  }
  const bool both_talk = std::all_of(theirs.begin(), theirs.end(), [index](const sdp::Session* said) {
    return direction_of(*said, said->media[index]) == sdp::Direction::SendRecv;
  });
  for (const Side side : {Side::Caller, Side::Callee}) {
    const auto i = static_cast<std::size_t>(side);
    connect_side(media, index, side, *theirs[i], {agreed.mux[i], agreed.terms[i]}, both_talk, rates);
  }
}

void connect_alone(domain::MediaSession& media, std::size_t index, Side side, const sdp::Session& theirs,
                   const SideAgreement& agreed, ClockRateCache& rates) {
  connect_side(media, index, side, theirs, agreed, false, rates);
}

void connect_offerer(domain::MediaSession& media, std::size_t streams, Side offerer,
                     const sdp::Session& offer, ClockRateCache& rates) {
  for (std::size_t i = 0; i < std::min(streams, offer.media.size()); ++i)
    connect_side(media, i, offerer, offer, {}, false, rates);
}

std::string codec_of(const sdp::Session& answer) {
  for (const sdp::Media& media : answer.media) {
    if (!carried(media)) continue;
    if (is_fax(media)) return "T.38";
    for (const std::uint8_t type : media.payload_types()) {
      const auto map = media.rtpmap(type);
      if (!map || iequals(map->encoding, "telephone-event") || iequals(map->encoding, "CN")) continue;
      std::string codec(map->encoding);
      codec += '/';
      codec += std::to_string(map->clock_rate);
      return codec;
    }
  }
  return {};
}

void note_codecs(Call& call, const std::array<std::string, 2>& codecs) {
  const std::string& codec = codecs[static_cast<std::size_t>(Side::Callee)];
  std::string& known = call.record.callee_media.codec;
  if (!codecs[0].empty()) call.record.caller_media.codec = codecs[0];
  if (!codec.empty() && codec != known) {
    if (!known.empty())
      call.record.facts->codec_change =
          known.substr(0, known.find('/')) + '>' + codec.substr(0, codec.find('/'));
    known = codec;
  }
  judge_media(call);
}

}  // namespace warp::calls
