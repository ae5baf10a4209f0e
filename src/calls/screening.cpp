#include "screening.h"

#include "warp/base/text.h"
#include "warp/sip/message/uri.h"

#include "identity.h"
#include "mediation.h"
#include "registered.h"

namespace warp::calls {

using domain::Reason;

namespace {

constexpr std::uint16_t kUnsupportedMedia = 415;
constexpr std::uint16_t kUnsupportedScheme = 416;
constexpr std::uint16_t kAddressIncomplete = 484;

std::string required_options(const sip::Message& request) {
  std::string options;
  for (const sip::Header& header : request.headers()) {
    if (header.id != sip::HeaderId::Require && header.id != sip::HeaderId::ProxyRequire) continue;
    if (header.value.empty()) continue;
    if (!options.empty()) options += ", ";
    options += header.value;
  }
  return options;
}

std::optional<Refusal> refuse_inactive(const routing::Snapshot& snapshot, const domain::Trunk& trunk) {
  if (!trunk.enabled) return Refusal{.reason = Reason::TrunkDisabled};
  const domain::Customer* customer = snapshot.customer(trunk.customer);
  if (customer == nullptr || !customer->active) return Refusal{.reason = Reason::AccountSuspended};
  return std::nullopt;
}

void apply_trunk(Call& call, const domain::Trunk& trunk, Side side) {
  call.symmetric_rtp[static_cast<std::size_t>(side)] = trunk.symmetric_rtp;
  call.ring_timeout = trunk.ring_timeout;
  call.max_duration = trunk.max_duration;
  call.media_timeout = trunk.media_timeout;
}

std::optional<Refusal> choose_inbound(Call& call, const domain::Number& number) {
  Setup& setup = *call.setup;
  domain::CallRecord& record = call.record;
  record.direction = domain::Direction::Inbound;
  record.customer = number.customer;
  record.trunk = number.trunk.value_or(TrunkId{});
  if (!number.trunk) return Refusal{.reason = Reason::NumberUnassigned};
  setup.target_trunk = setup.snapshot->trunk(*number.trunk);
  if (setup.target_trunk == nullptr) return Refusal{.reason = Reason::NumberUnassigned};
  apply_trunk(call, *setup.target_trunk, Side::Callee);
  return refuse_inactive(*setup.snapshot, *setup.target_trunk);
}

std::optional<Refusal> grant(Limits::Grant granted, ChannelToken& token) {
  if (granted.refusal != Reason::NormalClearing) return Refusal{.reason = granted.refusal, .status = 503};
  token = std::move(granted.token);
  return std::nullopt;
}

}  // namespace

std::optional<Refusal> check_required(const sip::Message& request) {
  std::string options = required_options(request);
  if (options.empty()) return std::nullopt;
  return Refusal{.reason = Reason::ExtensionUnsupported,
                 .extra = sip::HeaderId::Unsupported,
                 .extra_value = std::move(options)};
}

std::optional<Refusal> check_message(const sip::Message& request) {
  if (request.max_forwards() == std::uint8_t{0}) return Refusal{.reason = Reason::TooManyHops};
  if (auto refusal = check_required(request)) return refusal;
  const auto contact = request.contact();
  if (!contact || !sip::Uri::parse(contact->uri)) return Refusal{.reason = Reason::MessageMalformed};
  if (!sip::Uri::parse(request.request_uri()))
    return Refusal{.reason = Reason::MessageMalformed, .status = kUnsupportedScheme};
  if (body_kind(request) == BodyKind::Unsupported)
    return Refusal{.reason = Reason::MediaUnsupported, .status = kUnsupportedMedia};
  return std::nullopt;
}

std::optional<Refusal> check_loop(const Context& context, const Call& call) {
  const sip::Message& request = call.setup->invite.request;
  // A far leg's INVITE of ours that came back: its From tag is one of our own.
  const LegRef* own = context.table.find_tag(request.from().tag);
  if (own == nullptr || own->call == nullptr) return std::nullopt;
  return Refusal{.reason = Reason::LoopDetected};
}

std::optional<Refusal> read_offer(Call& call) {
  Setup& setup = *call.setup;
  const sip::Message& request = setup.invite.request;
  if (request.body().empty()) {
    call.delayed_offer = true;
    return std::nullopt;
  }
  auto offer = sdp::parse(request.body());
  if (!offer || offer->media.empty()) return Refusal{.reason = Reason::SdpInvalid};
  setup.offer = std::move(*offer);
  return std::nullopt;
}

std::optional<Refusal> read_numbers(Call& call) {
  domain::CallRecord& record = call.record;
  const sip::Message& request = call.setup->invite.request;
  call.setup->identity = identity_of(request);
  record.ani = calling_number(request);
  if (auto ani = routing::normalise(record.ani)) record.ani_e164 = std::move(*ani);
  const auto target = sip::Uri::parse(request.request_uri());
  if (!target) return Refusal{.reason = Reason::MessageMalformed};
  record.dni = clipped(target->user);
  if (target->user.empty()) return Refusal{.reason = Reason::NumberInvalid, .status = kAddressIncomplete};
  const auto number = target->telephone();
  auto dni = number ? routing::normalise(*number) : std::nullopt;
  if (!dni) return Refusal{.reason = Reason::NumberInvalid};
  record.dni_e164 = std::move(*dni);
  return std::nullopt;
}

std::optional<Refusal> choose_kind(Call& call) {
  Setup& setup = *call.setup;
  domain::CallRecord& record = call.record;
  if (setup.source_trunk != nullptr) {
    record.customer = setup.source_trunk->customer;
    record.trunk = setup.source_trunk->id;
    apply_trunk(call, *setup.source_trunk, Side::Caller);
    if (auto refusal = refuse_inactive(*setup.snapshot, *setup.source_trunk)) return refusal;
  } else {
    record.direction = domain::Direction::Inbound;
    record.provider = setup.source_provider->id;
    call.symmetric_rtp[static_cast<std::size_t>(Side::Caller)] = setup.source_provider->symmetric_rtp;
  }
  if (auto refusal = read_numbers(call)) return refusal;
  if (const domain::Number* number = setup.snapshot->number(record.dni_e164))
    return choose_inbound(call, *number);
  if (setup.source_trunk == nullptr) return Refusal{.reason = Reason::NumberUnassigned};
  record.direction = domain::Direction::Outbound;
  return std::nullopt;
}

std::optional<Refusal> take_limits(Context& context, Call& call) {
  const Setup& setup = *call.setup;
  const auto take = [&](const domain::Trunk& trunk, domain::Direction direction,
                        const Limits::Ceilings& ceilings, ChannelToken& token) -> std::optional<Refusal> {
    return grant(context.limits.take_trunk(trunk.id, direction, ceilings, context.clock.now()), token);
  };
  if (const domain::Trunk* trunk = setup.source_trunk)
    if (auto refusal = take(*trunk, domain::Direction::Outbound,
                            {trunk->cps_outbound, trunk->channels_outbound}, call.source_channel))
      return refusal;
  if (const domain::Trunk* trunk = setup.target_trunk)
    return take(*trunk, domain::Direction::Inbound, {trunk->cps_inbound, trunk->channels_inbound},
                call.target_channel);
  return std::nullopt;
}

std::optional<Refusal> decide(Context& context, Call& call) {
  Setup& setup = *call.setup;
  const WallTime when = context.clock.wall();
  const std::uint64_t random = context.ids.next64();
  setup.decision = setup.target_trunk != nullptr
                       ? routing::decide_inbound(*setup.snapshot, call.record.dni_e164, when, random)
                       : routing::decide_outbound(*setup.snapshot, *setup.source_trunk, call.record.dni_e164,
                                                  when, random);
  call.record.price = setup.decision.price;
  if (setup.decision.reason == Reason::TrunkHasNoEndpoint)
    setup.decision.reason = use_bindings(context, call);
  if (setup.decision.reason != Reason::NormalClearing) return Refusal{.reason = setup.decision.reason};
  return std::nullopt;
}

}  // namespace warp::calls
