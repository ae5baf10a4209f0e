#include "negotiation/one_side.h"

#include <algorithm>
#include <utility>

#include "warp/sdp/t38.h"

#include "mediation.h"
#include "negotiation/codecs.h"
#include "negotiation/exchange.h"
#include "negotiation/formats.h"
#include "negotiation/security.h"
#include "negotiation/terms.h"
#include "parties.h"

namespace warp::calls {

using domain::AudioCodec;
using domain::MediaPolicy;
using domain::MediaStreamRemote;
using domain::MediaTerms;
using domain::Reason;

namespace {

constexpr std::uint16_t kSomePort = 9;  // the real one is written by rewrite()

bool used(const sdp::Session& description, std::size_t stream) {
  return stream < description.media.size() && description.media[stream].port != 0;
}

const MediaStreamRemote& remote_in(const domain::MediaMemory& memory, Side side, std::size_t stream) {
  return memory.streams[stream].remotes[static_cast<std::size_t>(side)];
}

bool same_remote(const MediaStreamRemote& a, const MediaStreamRemote& b) {
  const bool same_terms = a.terms == b.terms || (a.terms && b.terms && *a.terms == *b.terms);
  return same_terms && a.rtp == b.rtp && a.rtcp == b.rtcp && a.rtcp_mux == b.rtcp_mux &&
         a.opaque == b.opaque && a.expect_rtp == b.expect_rtp;
}

// Terms of a call without wishes, whose sides number their formats differently, name none (settle_terms()).
void keep_unnamed(MediaTerms& terms, const MediaTerms& before, bool wishes) {
  if (wishes || !before.formats.empty() || before.t38 != domain::FaxTerms{}) return;
  terms.formats.clear();
  terms.events.reset();
  terms.comfort_noise.reset();
}

MediaStreamRemote next_remote(const Said& said, std::size_t stream, const MediaStreamRemote& before,
                              bool wishes) {
  const sdp::Media& line = said.theirs->media[stream];
  MediaStreamRemote next = remote_of(*said.theirs, stream);
  next.rtcp_mux = line.rtcp_mux() && said.ours->media[stream].rtcp_mux();
  next.expect_rtp =
      before.expect_rtp && direction_of(*said.theirs, line) == sdp::Direction::SendRecv && !next.opaque;
  MediaTerms terms = terms_of(said, stream);
  const bool known = before.terms && !before.terms->formats.empty();
  const unsigned usual = known ? before.terms->formats.front().ptime_ms : kUsualPtime;
  set_ptimes(terms, said.policy->ptime != 0 ? said.policy->ptime : line.ptime().value_or(usual));
  if (before.terms) keep_unnamed(terms, *before.terms, wishes);
  next.terms = std::make_shared<const MediaTerms>(std::move(terms));
  return next;
}

bool safe(const MediaTerms& terms, const Said& said, std::size_t stream) {
  const bool demanded = said.policy->security == domain::MediaSecurity::Required ||
                        is_secure_profile(said.theirs->media[stream].proto);
  return !demanded || is_secured(terms);
}

struct Change {
  std::size_t stream;
  MediaStreamRemote remote;
};

bool connect_side_alone(Context& context, Call& call, Side side, const Said& said, bool wishes) {
  const domain::MediaMemory memory = call.media->memory();
  const std::size_t count =
      std::min({memory.streams.size(), said.ours->media.size(), said.theirs->media.size()});
  std::vector<Change> changes;
  for (std::size_t i = 0; i < count; ++i) {
    const MediaStreamRemote& before = remote_in(memory, side, i);
    if (!used(*said.ours, i) || !used(*said.theirs, i)) {
      if (before.rtp.port != 0) changes.push_back({i, {{}, {}, false, false}});
      continue;
    }
    MediaStreamRemote next = next_remote(said, i, before, wishes);
    if (!safe(*next.terms, said, i)) return false;
    // c=0.0.0.0, the old way to hold: where it was is where it will be.
    if (next.rtp.port == 0 || same_remote(before, next)) continue;
    changes.push_back({i, std::move(next)});
  }
  for (const Change& change : changes)
    call.media->set_remote(media_side(side), change.stream, change.remote,
                           context.clock_rates.of(said.theirs->media[change.stream]));
  return true;
}

std::optional<std::size_t> audio_stream(const domain::MediaMemory& memory, Side side) {
  for (std::size_t i = 0; i < memory.streams.size(); ++i) {
    const MediaStreamRemote& remote = remote_in(memory, side, i);
    if (remote.rtp.port != 0 && !remote.opaque && remote.terms && !remote.terms->formats.empty()) return i;
  }
  return std::nullopt;
}

// Of nothing but what stands at `stream`: m-lines that were there stay, with port 0 (RFC 3264 §8).
sdp::Session own_description(const Call& call, Side side, std::size_t stream, sdp::Media line) {
  sdp::Session out;
  out.origin.session_id = "fax";
  out.origin.session_version = std::to_string(call.leg(side).sdp.version);
  sdp::Media unused;
  unused.kind = "audio";
  unused.proto = "RTP/AVP";
  unused.formats = {"0"};
  out.media.assign(call.streams, unused);
  line.port = kSomePort;
  out.media.at(stream) = std::move(line);
  return out;
}

// Dressed, written, and kept until it is answered.
std::string told(Context& context, Call& call, Side side, std::size_t stream, sdp::Session description,
                 const MediaPolicy& policy) {
  Leg& leg = call.leg(side);
  rewrite(description, *call.media, call.streams, other(side), leg.sdp);
  const domain::MediaMemory memory = call.media->memory();
  const domain::MediaFingerprint certificate = context.media.fingerprint();
  dress_offer(description, description.media[stream],
              {policy, certificate, remote_in(memory, side, stream).terms.get(),
               call.media->local(media_side(side), stream).rtp, context.ids, mid_of(leg, stream)});
  std::string body;
  if (!sdp::write(description, body)) return {};
  leg.offered = std::make_unique<sdp::Session>(std::move(description));
  return body;
}

bool has_wishes_of(const Context& context, const Call& call) {
  return std::any_of(call.legs.begin(), call.legs.end(), [&](const Leg& leg) {
    return has_wishes(PolicyView(context.snapshots, leg.party)->media);
  });
}

}  // namespace

bool take_answer(Context& context, Call& call, Side side, const sdp::Session& ours, sdp::Session theirs) {
  const PolicyView policy(context.snapshots, call.leg(side).party);
  const bool off = policy->media.security == domain::MediaSecurity::Off;
  const auto certificate = off ? domain::MediaFingerprint{} : context.media.fingerprint();
  if (screen_security(theirs, policy->media, certificate) != Reason::NormalClearing) return false;
  return connect_side_alone(context, call, side, {&ours, &theirs, &policy->media, false},
                            has_wishes_of(context, call));
}

FaxStand fax_stand(const domain::MediaMemory& memory, Side side) {
  for (std::size_t i = 0; i < memory.streams.size(); ++i) {
    const MediaStreamRemote& remote = remote_in(memory, side, i);
    if (remote.rtp.port == 0) continue;
    if (remote.opaque) return FaxStand::Image;
    if (!remote.terms || remote.terms->formats.empty()) continue;
    const AudioCodec codec = remote.terms->formats.front().codec;
    return codec == AudioCodec::Pcmu || codec == AudioCodec::Pcma ? FaxStand::G711 : FaxStand::Speech;
  }
  return FaxStand::None;
}

std::string offer_t38(Context& context, Call& call, Side side) {
  const PolicyView policy(context.snapshots, call.leg(side).party);
  const auto stream = audio_stream(call.media->memory(), side);
  // UDPTL is not encrypted.
  if (!stream || policy->media.security == domain::MediaSecurity::Required) return {};
  sdp::Media line;
  sdp::T38 ours;
  ours.max_datagram = sdp::kT38MaxDatagram;
  sdp::set_t38(line, ours);
  return told(context, call, side, *stream, own_description(call, side, *stream, std::move(line)),
              policy->media);
}

std::string offer_g711(Context& context, Call& call, Side side) {
  const PolicyView policy(context.snapshots, call.leg(side).party);
  const domain::MediaMemory memory = call.media->memory();
  auto stream = audio_stream(memory, side);
  // It took T.38 and turned the stream itself off: its first is as good as any.
  if (!stream && fax_stand(memory, side) == FaxStand::None) stream = 0;
  if (!stream) return {};
  sdp::Media line;
  offer_audio_for_fax(line, policy->media);
  line.set("silenceSupp", "off - - - -");  // RFC 3108
  return told(context, call, side, *stream, own_description(call, side, *stream, std::move(line)),
              policy->media);
}

std::string answer_t38(Context& context, Call& call, Side offerer, const sdp::Session& offer) {
  const PolicyView policy(context.snapshots, call.leg(offerer).party);
  // The gateway stands within one stream.
  const auto audio = audio_stream(call.media->memory(), other(offerer));
  if (!audio || !used(offer, *audio) || !is_fax(offer.media[*audio])) return {};
  sdp::Session ours = offer;
  for (std::size_t i = 0; i < ours.media.size(); ++i)
    if (i != *audio) ours.media[i].port = 0;
  sdp::set_t38(ours.media[*audio], sdp::t38_answer(sdp::t38_of(offer.media[*audio])));
  SdpOrigin origin = call.leg(offerer).sdp;
  rewrite(ours, *call.media, call.streams, other(offerer), origin);
  std::string body;
  if (!sdp::write(ours, body)) return {};
  if (!connect_side_alone(context, call, offerer, {&ours, &offer, &policy->media, true}, true)) return {};
  call.leg(offerer).sdp = origin;
  return body;
}

void steady_audio(Context& context, Call& call) {
  const domain::MediaMemory memory = call.media->memory();
  for (const Side side : {Side::Caller, Side::Callee}) {
    const auto stream = audio_stream(memory, side);
    if (!stream) continue;
    MediaStreamRemote remote = remote_in(memory, side, *stream);
    MediaTerms terms = *remote.terms;
    if (std::exchange(terms.fax_audio, true)) continue;
    terms.comfort_noise.reset();
    domain::ClockRates rates{};
    for (const auto& format : terms.formats)
      rates[format.payload_type & 0x7f] = format.clock_rate;
    remote.terms = context.terms.of(std::move(terms));
    call.media->set_remote(media_side(side), *stream, remote, context.clock_rates.of(rates));
  }
}

}  // namespace warp::calls
