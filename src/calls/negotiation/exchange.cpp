#include "negotiation/exchange.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "warp/base/text.h"

#include "announce/hold_music.h"
#include "capabilities.h"
#include "mediation.h"
#include "negotiation/codecs.h"
#include "negotiation/formats.h"
#include "negotiation/security.h"
#include "negotiation/terms.h"
#include "parties.h"

namespace warp::calls {

using domain::MediaPolicy;
using domain::Reason;

namespace {

const MediaPolicy kNoWishes{};
constexpr std::size_t kLongestMid = 64;

// How a side's media are spoken to: by its party once it is known, by the set-up before.
class MediaPolicyView {
 public:
  MediaPolicyView(const Context& context, const Call& call, Side side)
      : view_(context.snapshots, call.leg(side).party), policy_(&choose(call, side)) {}
  MediaPolicyView(const Context& context, const Leg& leg)
      : view_(context.snapshots, leg.party), policy_(&view_->media) {}
  const MediaPolicy& operator*() const { return *policy_; }
  const MediaPolicy* operator->() const { return policy_; }

 private:
  const MediaPolicy& choose(const Call& call, Side side) const {
    if (call.leg(side).party.kind != Party::Kind::Unknown) return view_->media;
    if (!call.setup) return kNoWishes;
    const Setup& setup = *call.setup;
    const bool known = side == Side::Caller
                           ? setup.source_trunk != nullptr || setup.source_provider != nullptr
                           : setup.target_trunk != nullptr || (setup.attempt.candidate != nullptr &&
                                                               setup.attempt.candidate->provider != nullptr);
    return known ? policy_of(setup, side).media : kNoWishes;
  }
  PolicyView view_;
  const MediaPolicy* policy_;
};

// The terms that are in force with a side, by stream; asked for where keys may be kept alone.
std::vector<std::shared_ptr<const domain::MediaTerms>> current_terms(const Call& call, Side side,
                                                                     const MediaPolicy& policy) {
  std::vector<std::shared_ptr<const domain::MediaTerms>> out(call.streams);
  if (policy.security == domain::MediaSecurity::Off && !policy.ice) return out;
  const domain::MediaMemory memory = call.media->memory();
  for (std::size_t i = 0; i < std::min(out.size(), memory.streams.size()); ++i)
    out[i] = memory.streams[i].remotes[static_cast<std::size_t>(side)].terms;
  return out;
}

// What the peer calls its lines, for offers of ours to come (RFC 9143 §9: a name stays).
void note_mids(Leg& leg, const sdp::Session& theirs, const MediaPolicy& policy) {
  if (!policy.ice) return;
  std::vector<std::string> mids;
  for (const sdp::Media& line : theirs.media) {
    const auto* mid = line.attribute("mid");
    mids.push_back(mid != nullptr && mid->value.size() <= kLongestMid ? mid->value : std::string());
  }
  const bool named = std::any_of(mids.begin(), mids.end(), [](const auto& mid) { return !mid.empty(); });
  leg.mids = named ? std::make_unique<std::vector<std::string>>(std::move(mids)) : nullptr;
}

bool live(const sdp::Session& description, std::size_t stream) {
  return stream < description.media.size() && description.media[stream].port != 0;
}

std::string text_of(const sdp::Session& description) {
  std::string body;
  if (!sdp::write(description, body)) body.clear();
  return body;
}

bool any_live(const sdp::Session& description) {
  return std::any_of(description.media.begin(), description.media.end(),
                     [](const sdp::Media& media) { return media.port != 0; });
}

void make_plain(sdp::Media& line) {
  if (!is_secure_profile(line.proto)) return;
  line.proto = "RTP/AVP";
  line.remove("rtcp-fb");
}

// What both allow.
sdp::Direction lesser(sdp::Direction a, sdp::Direction b) {
  if (a == b || b == sdp::Direction::SendRecv) return a;
  return a == sdp::Direction::SendRecv ? b : sdp::Direction::Inactive;
}

// RFC 3264 §6.1: an answer gives no more than was asked for, also where the far end's does.
void keep_within(const sdp::Session& offer, const sdp::Media& offered, sdp::Media& line) {
  const sdp::Direction said = line.direction().value_or(sdp::Direction::SendRecv);
  const sdp::Direction kept = lesser(said, sdp::reversed(offer.direction_of(offered)));
  if (kept != said) line.set_direction(kept);
}

// Our answer to `offer` out of what the other side said: codecs, then our addresses, then keys. False: there
// is none.
bool make_answer(Context& context, const Call& call, Side offerer, const sdp::Session& offer,
                 sdp::Session& answer, const MediaPolicy& from, const MediaPolicy& to, SdpOrigin& origin) {
  const bool spoke = any_live(answer);
  for (std::size_t i = 0; i < std::min(offer.media.size(), answer.media.size()); ++i) {
    sdp::Media& line = answer.media[i];
    make_plain(line);
    if (line.port != 0 && offer.media[i].port != 0 && !answer_codecs(line, offer.media[i], from, to))
      line.port = 0;
  }
  if (spoke && !any_live(answer)) return false;
  rewrite(answer, *call.media, call.streams, other(offerer), origin);
  for (std::size_t i = 0; i < std::min(offer.media.size(), answer.media.size()); ++i)
    if (live(answer, i)) keep_within(offer, offer.media[i], answer.media[i]);
  if (!has_wishes(from) && !has_wishes(to)) return true;
  const auto current = current_terms(call, offerer, to);
  const domain::MediaFingerprint certificate = context.media.fingerprint();
  for (std::size_t i = 0; i < std::min<std::size_t>(call.streams, offer.media.size()); ++i) {
    if (!live(answer, i) || !live(offer, i)) continue;
    const Attire attire{to, certificate, current[i].get(), call.media->local(media_side(offerer), i).rtp,
                        context.ids};
    if (!dress_answer(answer, answer.media[i], offer, offer.media[i], attire)) return false;
  }
  return true;
}

Reason screen(const Context& context, sdp::Session& description, const MediaPolicy& policy) {
  const bool off = policy.security == domain::MediaSecurity::Off;
  return screen_security(description, policy, off ? domain::MediaFingerprint{} : context.media.fingerprint());
}

// What was agreed with a side must be as safe as its policy, and the profile that it speaks, demand.
bool safe_enough(const domain::MediaTerms& terms, const Said& said, std::size_t stream) {
  const bool demanded = said.policy->security == domain::MediaSecurity::Required ||
                        is_secure_profile(said.theirs->media[stream].proto);
  return !demanded || is_secured(terms);
}

bool muxed(const Said& said, std::size_t stream) {
  return said.theirs->media[stream].rtcp_mux() && stream < said.ours->media.size() &&
         said.ours->media[stream].rtcp_mux();
}

// By Side. The offerer's own is the one that we answered; of two answerers either.
using BothSaid = std::array<Said, 2>;

struct StreamTerms {
  std::size_t stream;
  std::array<domain::MediaTerms, 2> sides;
};

bool connect(Context& context, Call& call, const BothSaid& said) {
  const std::size_t count =
      std::min({std::size_t{call.streams}, said[0].theirs->media.size(), said[1].theirs->media.size()});
  std::vector<StreamTerms> agreed;
  const std::size_t offerer = said[1].answered_by_us ? 1 : 0, answerer = 1 - offerer;
  for (std::size_t i = 0; i < count; ++i) {
    if (!live(*said[0].theirs, i) || !live(*said[1].theirs, i)) continue;
    StreamTerms terms{i, {terms_of(said[0], i), terms_of(said[1], i)}};
    settle_terms(terms.sides[offerer], terms.sides[answerer], said[offerer], said[answerer], i);
    for (std::size_t side = 0; side < 2; ++side)
      if (!safe_enough(terms.sides[side], said[side], i)) return false;
    agreed.push_back(std::move(terms));
  }
  auto next = agreed.begin();
  for (std::size_t i = 0; i < count; ++i) {
    StreamAgreement stream;
    if (next != agreed.end() && next->stream == i) {
      for (std::size_t side = 0; side < 2; ++side) {
        stream.mux[side] = muxed(said[side], i);
        stream.terms[side] = context.terms.of(std::move(next->sides[side]));
      }
      ++next;
    }
    if (i == 0)
      for (std::size_t side = 0; side < 2; ++side)
        call.directions[side] = direction_of(*said[side].theirs, said[side].theirs->media[i]);
    connect_stream(*call.media, i, {said[0].theirs, said[1].theirs}, stream, context.clock_rates);
  }
  return true;
}

}  // namespace

Reason admit(const Context& context, const Call& call, Side from, sdp::Session& description) {
  const MediaPolicyView policy(context, call, from);
  const Reason reason = screen(context, description, *policy);
  if (reason != Reason::NormalClearing) return reason;
  return relayable(description) ? Reason::NormalClearing : Reason::MediaUnsupported;
}

std::string carry_offer(Context& context, Call& call, Side from, const sdp::Session& offer, Leg& told) {
  const Side to = other(from);
  const bool own_leg = &told == &call.leg(to);
  const MediaPolicyView sender(context, call, from);
  const MediaPolicyView receiver =
      own_leg ? MediaPolicyView(context, call, to) : MediaPolicyView(context, told);
  sdp::Session carried = offer;
  if (own_leg) lend_music(context, call, from, carried);
  for (sdp::Media& line : carried.media) {
    make_plain(line);
    if (line.port != 0 && !offer_codecs(line, *sender, *receiver)) line.port = 0;
  }
  rewrite(carried, *call.media, call.streams, from, told.sdp);
  if (!any_live(carried)) return {};
  // Who comes new to this place gets keys that nobody knows.
  const auto current = own_leg ? current_terms(call, to, *receiver)
                               : std::vector<std::shared_ptr<const domain::MediaTerms>>(call.streams);
  const domain::MediaFingerprint certificate = context.media.fingerprint();
  for (std::size_t i = 0; i < std::min<std::size_t>(call.streams, carried.media.size()); ++i)
    if (live(carried, i))
      dress_offer(carried, carried.media[i],
                  {*receiver, certificate, current[i].get(), call.media->local(media_side(to), i).rtp,
                   context.ids, mid_of(told, i)});
  std::string body = text_of(carried);
  if (!body.empty()) told.offered = std::make_unique<sdp::Session>(std::move(carried));
  return body;
}

std::string carry_fax_as_audio(Context& context, Call& call, Side from, const sdp::Session& offer,
                               Leg& told) {
  const MediaPolicyView receiver(context, call, other(from));
  sdp::Session as_audio = offer;
  for (sdp::Media& line : as_audio.media)
    if (line.port != 0 && is_fax(line)) offer_audio_for_fax(line, *receiver);
  return carry_offer(context, call, from, as_audio, told);
}

CarriedAnswer carry_answer(Context& context, Call& call, Side offerer, const sdp::Session& offer,
                           sdp::Session answer) {
  const Side answerer = other(offerer);
  const MediaPolicyView to(context, call, offerer), from(context, call, answerer);
  if (screen(context, answer, *from) != Reason::NormalClearing) return {};
  sdp::Session ours = answer;
  return_music(context, call, offerer, offer, ours);
  SdpOrigin origin = call.leg(offerer).sdp;
  if (!make_answer(context, call, offerer, offer, ours, *from, *to, origin)) return {};
  CarriedAnswer carried{text_of(ours), {}};
  if (carried.body.empty()) return {};
  const sdp::Session* offered = call.leg(answerer).offered.get();
  BothSaid said;
  said[static_cast<std::size_t>(offerer)] = {&ours, &offer, &*to, true};
  said[static_cast<std::size_t>(answerer)] = {offered != nullptr ? offered : &offer, &answer, &*from, false};
  if (!connect(context, call, said)) return {};
  call.leg(offerer).sdp = origin;
  settle_music(context, call, offerer, offer, answer);
  note_mids(call.leg(offerer), offer, *to);
  note_mids(call.leg(answerer), answer, *from);
  carried.codecs[static_cast<std::size_t>(offerer)] = codec_of(ours);
  carried.codecs[static_cast<std::size_t>(answerer)] = codec_of(answer);
  if (!call.setup) forget_offers(call);
  return carried;
}

bool connect_answers(Context& context, Call& call, const std::array<const sdp::Session*, 2>& answers) {
  const MediaPolicyView caller(context, call, Side::Caller), callee(context, call, Side::Callee);
  BothSaid said;
  for (const Side side : {Side::Caller, Side::Callee}) {
    const auto i = static_cast<std::size_t>(side);
    const sdp::Session* offered = call.leg(side).offered.get();
    said[i] = {offered != nullptr ? offered : answers[1 - i], answers[i],
               side == Side::Caller ? &*caller : &*callee, false};
  }
  const bool good = connect(context, call, said);
  forget_offers(call);
  return good;
}

std::string answer_ourselves(Context& context, Call& call, Side offerer, const sdp::Session& offer) {
  const MediaPolicyView to(context, call, offerer);
  sdp::Session ours = offer;
  for (sdp::Media& line : ours.media) {
    make_plain(line);
    if (line.port == 0 || !own_answer(line, line, *to)) line.port = 0;
    line.set_direction(sdp::reversed(offer.direction_of(line)));
  }
  if (!any_live(ours) || !make_answer(context, call, offerer, offer, ours, *to, *to, call.leg(offerer).sdp))
    return {};
  const Said said{&ours, &offer, &*to, true};
  for (std::size_t i = 0; i < std::min<std::size_t>(call.streams, offer.media.size()); ++i) {
    if (!live(ours, i)) continue;
    domain::MediaTerms terms = terms_of(said, i), alone = terms;
    settle_terms(terms, alone, said, said, i);
    if (!safe_enough(terms, said, i)) return {};
    connect_alone(*call.media, i, offerer, offer, {muxed(said, i), context.terms.of(std::move(terms))},
                  context.clock_rates);
  }
  note_mids(call.leg(offerer), offer, *to);
  return text_of(ours);
}

std::string_view mid_of(const Leg& leg, std::size_t index) {
  return leg.mids && index < leg.mids->size() ? std::string_view((*leg.mids)[index]) : std::string_view();
}

void forget_offers(Call& call) {
  for (Leg& leg : call.legs)
    leg.offered.reset();
}

}  // namespace warp::calls
