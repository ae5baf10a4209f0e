#include "recording/picture.h"

#include <algorithm>

#include "warp/base/text.h"
#include "warp/sdp/crypto.h"
#include "warp/sip/message/uri.h"

#include "negotiation/formats.h"
#include "recording/stream.h"

namespace warp::calls {

namespace {

constexpr std::string_view kSrtpSuite = "AES_CM_128_HMAC_SHA1_80";
constexpr std::array<std::string_view, 2> kLabels{"1", "2"};

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

// Who came into the call by Replaces or a transfer is known by its Contact alone.
std::string aor_of_target(const std::string& target) {
  const auto uri = sip::Uri::parse(target);
  if (!uri) return "sip:anonymous@anonymous.invalid";
  std::string aor = uri->scheme == sip::Uri::Scheme::Sips ? "sips:" : "sip:";
  if (!uri->user.empty()) aor.append(uri->user).append("@");
  return aor.append(uri->host);
}

void name_party(const Call& call, Side side, RecordedSide& out) {
  const auto& record = call.record;
  const std::string& shown = side == Side::Caller ? record.ani : record.dni;
  const std::string& e164 = side == Side::Caller ? record.ani_e164 : record.dni_e164;
  out.name = shown;
  if (all_digits(e164))
    out.aor = "tel:+" + e164;
  else
    out.aor = aor_of_target(call.leg(side).dialog ? call.leg(side).dialog->remote_target() : std::string());
}

void describe_audio(const domain::MediaTerms& terms, RecordedSide& out) {
  out.formats = terms.formats;
  out.events = terms.events;
  out.events_clock = terms.events_clock;
  out.comfort_noise = terms.comfort_noise;
}

bool says_sends(sdp::Direction said) {
  return said == sdp::Direction::SendRecv || said == sdp::Direction::SendOnly;
}
bool says_hears(sdp::Direction said) {
  return said == sdp::Direction::SendRecv || said == sdp::Direction::RecvOnly;
}

// A side that answers more than it was offered has no more than that.
void set_directions(const Call& call, Side side, RecordedSide& out) {
  const auto own = call.directions[static_cast<std::size_t>(side)];
  const auto far = call.directions[static_cast<std::size_t>(other(side))];
  out.sends = says_sends(own) && says_hears(far);
  out.hears = says_hears(own) && says_sends(far);
}

AudioFormats formats_towards_recorder(const RecordedSide& side, bool events) {
  AudioFormats out;
  for (const domain::MediaFormat& format : side.formats)
    out.codecs.push_back(described(format));
  if (events && side.events) {
    AudioFormat digits{*side.events, "telephone-event", side.events_clock, 1, "0-16", {}};
    out.events.push_back(std::move(digits));
  }
  if (side.comfort_noise) out.comfort_noise.push_back({*side.comfort_noise, "CN", 8000, 1, {}, {}});
  return out;
}

sdp::Media line_of(const Picture& picture, const RecorderSdp& sdp, std::size_t side) {
  sdp::Media line;
  line.kind = "audio";
  line.port = sdp.local[side].port;
  line.proto = sdp.srtp ? "RTP/SAVP" : "RTP/AVP";
  set_formats(line, formats_towards_recorder(picture.sides[side], sdp.events));
  line.set("label", kLabels[side]);
  line.set("rtcp", std::to_string(sdp.local[side].port + 1));
  line.set_direction(picture.sides[side].sends ? sdp::Direction::SendOnly : sdp::Direction::Inactive);
  if (!sdp.srtp) return line;
  sdp::Crypto crypto;
  crypto.suite = kSrtpSuite;
  crypto.key_size = static_cast<std::uint8_t>(sdp.keys[side].size());
  std::copy(sdp.keys[side].begin(), sdp.keys[side].end(), crypto.key.begin());
  line.set("crypto", sdp::write_crypto(crypto));
  return line;
}

siprec::ParticipantStream streams_of(const Picture& picture, const RecorderSdp& sdp, std::size_t side) {
  siprec::ParticipantStream out{picture.sides[side].participant, {}, {}, {}};
  if (picture.sides[side].sends) out.sends.push_back(sdp.streams[side]);
  if (picture.sides[side].hears) out.receives.push_back(sdp.streams[1 - side]);
  return out;
}

siprec::Participant participant_of(const RecordedSide& side) {
  return {side.participant, side.aor, side.name};
}

}  // namespace

std::optional<Picture> picture_of(Context& context, const Call& call, const Picture* before) {
  Picture out;
  const auto stream = recorded_stream(call);
  if (!stream && before == nullptr) return std::nullopt;
  const auto memory = call.media ? call.media->memory() : domain::MediaMemory{};
  for (const Side side : {Side::Caller, Side::Callee}) {
    const auto i = static_cast<std::size_t>(side);
    RecordedSide& one = out.sides[i];
    one.dialog = call.leg(side).dialog ? call.leg(side).dialog->remote_tag() : std::string();
    if (stream) {
      describe_audio(*memory.streams[*stream].remotes[i].terms, one);
      set_directions(call, side, one);
    } else {
      // Fax, or nothing that we know: what there was is silent.
      one = before->sides[i];
      one.sends = one.hears = false;
      one.dialog = call.leg(side).dialog ? call.leg(side).dialog->remote_tag() : std::string();
    }
    const bool known = before != nullptr && before->sides[i].dialog == one.dialog;
    one.participant = known ? before->sides[i].participant : context.ids.uuid7(context.clock.wall());
    if (known) {
      one.aor = before->sides[i].aor;
      one.name = before->sides[i].name;
    } else if (before == nullptr) {
      name_party(call, side, one);
    } else {
      one.aor = aor_of_target(call.leg(side).dialog ? call.leg(side).dialog->remote_target() : std::string());
      one.name.clear();
    }
  }
  return out;
}

sdp::Session describe_to_recorder(const Picture& picture, const RecorderSdp& sdp) {
  sdp::Session out;
  const domain::IpAddress& ip = sdp.local[0].ip;
  out.origin.session_id = std::to_string(sdp.origin.id);
  out.origin.session_version = std::to_string(sdp.origin.version);
  out.origin.v6 = ip.v6;
  out.origin.address = ip.to_string();
  sdp::Connection connection;
  connection.address = ip.to_string();
  connection.v6 = ip.v6;
  out.connection = std::move(connection);
  for (std::size_t side = 0; side < picture.sides.size(); ++side)
    out.media.push_back(line_of(picture, sdp, side));
  return out;
}

siprec::Metadata whole_metadata(const Call& call, const Picture& picture, const RecorderSdp& sdp,
                                WallTime began) {
  const Uuid session = call.record.call.value;
  siprec::Metadata out;
  out.sessions.push_back({session, {}, call.record.answered_at, {}, {}});
  out.recorded.push_back({session, {began, {}}});
  for (std::size_t side = 0; side < picture.sides.size(); ++side) {
    const RecordedSide& one = picture.sides[side];
    out.participants.push_back(participant_of(one));
    out.streams.push_back({sdp.streams[side], session, std::string(kLabels[side])});
    out.present.push_back({one.participant, session, {began, {}}});
    out.heard.push_back(streams_of(picture, sdp, side));
  }
  return out;
}

siprec::Metadata changed_metadata(const Call& call, const Picture& before, const Picture& now,
                                  const RecorderSdp& sdp, WallTime at) {
  const Uuid session = call.record.call.value;
  siprec::Metadata out;
  out.mode = siprec::DataMode::Partial;
  for (std::size_t side = 0; side < now.sides.size(); ++side) {
    const RecordedSide &was = before.sides[side], &is = now.sides[side];
    if (was.participant == is.participant) continue;
    out.participants.push_back(participant_of(is));
    out.present.push_back({was.participant, session, {{}, at}});
    out.present.push_back({is.participant, session, {at, {}}});
    out.heard.push_back({was.participant, {}, {}, {{}, at}});
  }
  for (std::size_t side = 0; side < now.sides.size(); ++side)
    out.heard.push_back(streams_of(now, sdp, side));
  return out;
}

RecorderBody recorder_body(const sdp::Session& description, const siprec::Metadata& metadata,
                           std::string_view boundary) {
  std::string sdp;
  if (!sdp::write(description, sdp)) return {};
  RecorderBody body;
  body.content_type = "multipart/mixed;boundary=";
  body.content_type += boundary;
  std::string& out = body.text;
  const std::string xml = siprec::write(metadata);
  out.reserve(sdp.size() + xml.size() + 256);
  out.append("--").append(boundary).append("\r\nContent-Type: application/sdp\r\n\r\n").append(sdp);
  out.append("\r\n--").append(boundary).append("\r\nContent-Type: ").append(siprec::kContentType);
  out.append("\r\nContent-Disposition: ").append(siprec::kDisposition).append("\r\n\r\n").append(xml);
  out.append("\r\n--").append(boundary).append("--\r\n");
  return body;
}

}  // namespace warp::calls
