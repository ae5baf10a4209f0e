#include "treat/control.h"

#include <algorithm>
#include <utility>

#include "treat/codecs.h"

namespace warp::media {
namespace {

constexpr std::uint32_t kGatewayRate = 8000;

bool has_formats(const domain::MediaStreamRemote& remote) {
  return remote.terms != nullptr && !remote.terms->formats.empty() && !remote.opaque;
}

std::uint32_t spoken_rate(const domain::MediaStreamRemote& remote) {
  return audio::sample_rate(parameters_of(remote.terms->formats.front()));
}

std::string cname_of(std::uint64_t random) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string name;
  for (int shift = 60; shift >= 0; shift -= 4)
    name.push_back(kDigits[random >> shift & 0xf]);
  return name;
}

bool same_security(const domain::MediaTerms& a, const domain::MediaTerms& b) {
  return a.send == b.send && a.receive == b.receive && a.dtls == b.dtls && a.ice == b.ice;
}

// Without the means to do it, the direction passes as it is.
void pass_after_all(DirectionPlan& plan) {
  const auto types = plan_of({}, {}).from[0].types;
  plan = {};
  plan.types = types;
}

}  // namespace

std::unique_ptr<Order> StreamControl::order(Order::What what, const Remotes& remotes,
                                            const ControlTools& tools) {
  auto order = std::make_unique<Order>();
  order->what = what;
  Treatment::Beginning beginning;
  const auto spread = tools.random * 0x9e3779b97f4a7c15u;
  beginning.ssrcs = {static_cast<std::uint32_t>(tools.random >> 32),
                     static_cast<std::uint32_t>(tools.random)};
  beginning.cname = cname_of(spread ^ spread >> 29);
  beginning.terms = {remotes[0].terms, remotes[1].terms};
  order->spare = std::make_unique<Treatment>(std::move(beginning));
  treated_ = true;
  return order;
}

std::unique_ptr<Order> StreamControl::wear(const Remotes& remotes, const ControlTools& tools) {
  const auto plan =
      plan_of({remotes[0].terms.get(), remotes[0].opaque}, {remotes[1].terms.get(), remotes[1].opaque});
  if (plan.plain() && !treated_) return nullptr;
  auto wear = order(Order::What::Wear, remotes, tools);
  wear->outfit = std::make_unique<Outfit>();
  auto& outfit = *wear->outfit;
  outfit.plan = plan;
  dress_fax(remotes, outfit);
  for (std::size_t side = 0; side < 2; ++side)
    dress(side, remotes, outfit, tools);
  return wear;
}

void StreamControl::dress(std::size_t side, const Remotes& remotes, Outfit& outfit,
                          const ControlTools& tools) {
  outfit.parts[side].terms = remotes[side].terms;
  dress_speaker(side, remotes, outfit);
  dress_listener(side, remotes, outfit, tools);
  dress_secure(side, remotes, outfit, tools);
}

void StreamControl::dress_fax(const Remotes& remotes, Outfit& outfit) {
  std::optional<domain::FaxTerms> wanted;
  if (const auto side = outfit.plan.fax_side) {
    const auto& fax = remotes[*side].terms;
    const bool narrow = spoken_rate(remotes[1 - *side]) == kGatewayRate;
    if (narrow)
      wanted = fax != nullptr ? fax->t38 : domain::FaxTerms{};
    else
      outfit.plan.fax_side.reset();
  }
  if (wanted == fax_) return;
  outfit.fax.put(wanted ? fax::Gateway::make({.version = wanted->version,
                                              .max_bit_rate = wanted->max_bit_rate,
                                              .max_datagram = wanted->max_datagram,
                                              .redundancy = wanted->redundancy})
                        : nullptr);
  fax_ = wanted;
  if (outfit.fax.value != nullptr) return;
  fax_.reset();
  outfit.plan.fax_side.reset();
}

void StreamControl::dress_speaker(std::size_t side, const Remotes& remotes, Outfit& outfit) {
  auto& towards = outfit.plan.from[1 - side];
  const bool gateway = outfit.plan.fax_side && *outfit.plan.fax_side != side;
  const bool needed = has_formats(remotes[side]) && (towards.speak || gateway);
  const bool kept = std::exchange(speaks_[side], needed);
  // One that was made for a clip goes on in a new format; it may have gone with its treatment.
  if (!has_formats(remotes[side]) || !(needed || speaking_[side])) return;
  const auto& format = remotes[side].terms->formats.front();
  if (speaking_[side] == format && (kept || !needed)) return;
  auto speaker = Speaker::make(format);
  if (speaker == nullptr) pass_after_all(towards);
  speaking_[side] = speaker != nullptr ? std::optional(format) : std::nullopt;
  outfit.parts[side].speaker.put(std::move(speaker));
}

void StreamControl::dress_listener(std::size_t side, const Remotes& remotes, Outfit& outfit,
                                   const ControlTools& tools) {
  auto& plan = outfit.plan.from[side];
  const bool gateway = outfit.plan.fax_side && *outfit.plan.fax_side != side;
  if (!has_formats(remotes[side]) || !(plan.listen() || gateway)) {
    if (hearing_[side]) outfit.parts[side].listener.put(nullptr);
    hearing_[side].reset();
    return;
  }
  const auto& terms = *remotes[side].terms;
  Hearing hearing;
  hearing.formats = terms.formats;
  for (auto& format : hearing.formats)
    format.ptime_ms = 0;  // any length is understood
  hearing.comfort_noise = terms.comfort_noise;
  hearing.wishes.clocked = plan.way == Way::Recode || gateway;
  hearing.wishes.digits = plan.hear_digits;
  hearing.wishes.fax = plan.hear_fax;
  using Pace = Listener::Wishes::Pace;
  hearing.wishes.pace = gateway ? Pace::Arrival : terms.fax_audio ? Pace::Steady : Pace::Adaptive;
  hearing.wishes.sample_rate = gateway ? kGatewayRate : spoken_rate(remotes[1 - side]);
  if (hearing_[side] == hearing) return;
  auto listener = Listener::make(terms, hearing.wishes, static_cast<std::uint32_t>(tools.random));
  if (listener == nullptr) pass_after_all(plan);
  hearing_[side] = listener != nullptr ? std::optional(std::move(hearing)) : std::nullopt;
  outfit.parts[side].listener.put(std::move(listener));
}

void StreamControl::dress_secure(std::size_t side, const Remotes& remotes, Outfit& outfit,
                                 const ControlTools& tools) {
  const auto& terms = remotes[side].terms;
  const auto restored = std::exchange(restored_[side], std::nullopt);
  const auto before = std::exchange(secured_[side], outfit.plan.secure[side] ? terms : nullptr);
  const bool same = before == secured_[side] ||
                    (before != nullptr && secured_[side] != nullptr && same_security(*before, *terms));
  if (same) return;
  auto secure = secured_[side] != nullptr ? SecureSide::make(*terms, tools.identity, tools.now) : nullptr;
  if (secure != nullptr && restored) secure->restore(*restored);
  outfit.parts[side].secure.put(std::move(secure));
}

std::unique_ptr<Speaker> StreamControl::speaker_for(const Remotes& remotes, domain::MediaSide towards) {
  const auto side = static_cast<std::size_t>(towards);
  if (!has_formats(remotes[side])) return nullptr;
  const auto& format = remotes[side].terms->formats.front();
  auto speaker = Speaker::make(format);
  if (speaker != nullptr && !speaking_[side]) speaking_[side] = format;
  return speaker;
}

std::unique_ptr<Order> StreamControl::play(const Remotes& remotes, domain::MediaSide towards,
                                           std::shared_ptr<const domain::MediaClip> clip, bool loop,
                                           const ControlTools& tools) {
  auto speaker = speaker_for(remotes, towards);
  if (speaker == nullptr) return nullptr;
  auto player = ClipPlayer::make(std::move(clip), speaker->sample_rate(), loop);
  if (player == nullptr) return nullptr;
  auto play = order(Order::What::Play, remotes, tools);
  play->towards = towards;
  play->clip = std::move(player);
  play->speaker = std::move(speaker);
  return play;
}

std::unique_ptr<Order> StreamControl::stop_clip(domain::MediaSide towards) {
  auto stop = std::make_unique<Order>();
  stop->what = Order::What::StopClip;
  stop->towards = towards;
  return stop;
}

std::unique_ptr<Order> StreamControl::send_digit(const Remotes& remotes, domain::MediaSide towards,
                                                 char digit, std::chrono::milliseconds length,
                                                 const ControlTools& tools) {
  const auto& remote = remotes[static_cast<std::size_t>(towards)];
  if (!has_formats(remote) || !audio::is_digit(digit)) return nullptr;
  const auto way = digits_of(*remote.terms);
  if (way != DigitWay::Events && way != DigitWay::Tones) return nullptr;
  std::unique_ptr<Speaker> speaker;
  if (way == DigitWay::Tones && (speaker = speaker_for(remotes, towards)) == nullptr) return nullptr;
  auto send = order(Order::What::Digit, remotes, tools);
  send->towards = towards;
  send->digit = digit;
  send->length = length;
  send->speaker = std::move(speaker);
  return send;
}

std::unique_ptr<Order> StreamControl::add_tap(const Remotes& remotes, std::shared_ptr<domain::MediaTap> tap,
                                              const ControlTools& tools) {
  auto add = order(Order::What::AddTap, remotes, tools);
  add->tap = std::move(tap);
  return add;
}

std::unique_ptr<Order> StreamControl::remove_tap(const domain::MediaTap* tap) {
  auto remove = std::make_unique<Order>();
  remove->what = Order::What::RemoveTap;
  remove->removed = tap;
  return remove;
}

}  // namespace warp::media
