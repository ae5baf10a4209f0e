#include "screening.h"

#include <algorithm>

#include "warp/base/text.h"
#include "warp/routing/query.h"
#include "warp/sip/message/telephone.h"
#include "warp/sip/message/uri.h"

#include "capabilities.h"
#include "emergency.h"
#include "forward.h"
#include "identity.h"
#include "mediation.h"
#include "multipart.h"
#include "provider_load.h"
#include "record.h"
#include "registered.h"

namespace warp::calls {

using domain::Reason;

namespace {

constexpr std::uint16_t kNothingAcceptable = 406;
constexpr std::uint16_t kUnsupportedMedia = 415;
constexpr std::uint16_t kUnsupportedScheme = 416;
constexpr std::uint16_t kAddressIncomplete = 484;

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
  if (setup.source_trunk != nullptr && setup.source_trunk->customer != number.customer) {
    // One customer calls another: it is the caller's call.
    record.direction = domain::Direction::Outbound;
    record.customer = setup.source_trunk->customer;
    record.trunk = setup.source_trunk->id;
  }
  return refuse_inactive(*setup.snapshot, *setup.target_trunk);
}

// The called number in E.164, by what the caller's side dials; what stands beside it into the record.
std::optional<std::string> dialled_number(Call& call, const sip::Uri& target) {
  auto dialled = target.telephone();
  if (!dialled) return std::nullopt;
  if (!target.params.empty() || target.user.find(';') != std::string_view::npos) {
    const auto params = sip::telephone_params(target);
    // Digits behind the number, or conditions on it, that would be lost.
    if (!params.isub.empty() || !params.postd.empty() || params.unknown_mandatory) return std::nullopt;
    const bool local = dialled->front() != '+' && params.phone_context.starts_with('+');
    if (local) {
      auto global = sip::global_digits(*dialled, params.phone_context);
      if (!global) return std::nullopt;
      dialled = "+" + *global;
    }
    if (params.npdi)
      if (auto rn = sip::global_digits(params.rn, params.rn_context)) call.record.facts->lrn = std::move(*rn);
  }
  return routing::enter(caller_peer(*call.setup), domain::NumberSubject::Called, *dialled);
}

}  // namespace

std::optional<Refusal> check_message(const sip::Message& request, std::uint8_t options) {
  if (request.max_forwards() == std::uint8_t{0}) return Refusal{.reason = Reason::TooManyHops};
  if (auto missing = unsupported_options(request, options); !missing.empty())
    return Refusal{.reason = Reason::ExtensionUnsupported,
                   .extra = sip::HeaderId::Unsupported,
                   .extra_value = std::move(missing)};
  const auto contact = request.contact();
  if (!contact || !sip::Uri::parse(contact->uri)) return Refusal{.reason = Reason::MessageMalformed};
  if (!sip::Uri::parse(request.request_uri()) && !is_emergency({}, request))
    return Refusal{.reason = Reason::MessageMalformed, .status = kUnsupportedScheme};
  if (body_kind(request) == BodyKind::Unsupported && description_of(request).empty())
    return Refusal{.reason = Reason::MediaUnsupported, .status = kUnsupportedMedia};
  if (!accepts_description(request))
    return Refusal{.reason = Reason::MediaUnsupported, .status = kNothingAcceptable};
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
  auto offer = sdp::parse(description_of(request));
  if (!offer || offer->media.empty()) return Refusal{.reason = Reason::SdpInvalid};
  setup.offer = std::move(*offer);
  return std::nullopt;
}

std::optional<Refusal> read_numbers(Call& call) {
  domain::CallRecord& record = call.record;
  if (auto refusal = read_identity(call)) return refusal;
  const auto target = sip::Uri::parse(call.setup->invite.request.request_uri());
  if (!target) return Refusal{.reason = Reason::MessageMalformed, .status = kUnsupportedScheme};
  record.dni = clipped(target->user);
  if (target->user.empty()) return Refusal{.reason = Reason::NumberInvalid, .status = kAddressIncomplete};
  auto dni = dialled_number(call, *target);
  if (!dni) return Refusal{.reason = Reason::NumberInvalid};
  record.dni_e164 = std::move(*dni);
  return std::nullopt;
}

std::optional<Refusal> choose_kind(const Context& context, Call& call) {
  Setup& setup = *call.setup;
  domain::CallRecord& record = call.record;
  if (setup.source_trunk != nullptr) {
    record.customer = setup.source_trunk->customer;
    record.trunk = setup.source_trunk->id;
    apply_trunk(call, *setup.source_trunk, Side::Caller);
    if (take_emergency(context, call)) return std::nullopt;
    if (auto refusal = refuse_inactive(*setup.snapshot, *setup.source_trunk)) return refusal;
  } else {
    record.direction = domain::Direction::Inbound;
    record.provider = setup.source_provider->id;
    call.symmetric_rtp[static_cast<std::size_t>(Side::Caller)] = setup.source_provider->symmetric_rtp;
  }
  if (auto refusal = read_numbers(call)) return refusal;
  if (const domain::Number* number = setup.snapshot->number(record.dni_e164)) {
    auto refusal = choose_inbound(call, *number);
    return refusal ? std::move(refusal) : apply_caller_id(call);
  }
  if (setup.source_trunk == nullptr) return Refusal{.reason = Reason::NumberUnassigned};
  record.direction = domain::Direction::Outbound;
  if (auto refusal = apply_caller_id(call)) return refusal;
  if (!routing::may_call(*setup.source_trunk, record.ani_e164, record.dni_e164))
    return Refusal{.reason = Reason::DestinationNotAllowed};
  return std::nullopt;
}

std::optional<Refusal> decide(Context& context, Call& call) {
  Setup& setup = *call.setup;
  const auto quality = context.quality != nullptr ? context.quality->current() : nullptr;
  const ProviderLoad load(context.limits, *setup.snapshot);
  const routing::RouteQuery query = query_of(context, call, quality.get(), &load);
  setup.decision = setup.target_trunk != nullptr ? routing::decide_inbound(*setup.snapshot, query)
                                                 : routing::decide_outbound(*setup.snapshot, query);
  call.record.price = setup.decision.price;
  if (setup.decision.reason == Reason::TrunkHasNoEndpoint && setup.target_trunk != nullptr)
    setup.decision.reason = use_bindings(context, call);
  note_decision(context, call);
  const Reason reason = setup.decision.reason;
  if (reason == Reason::NormalClearing) return std::nullopt;
  const bool unreachable = reason == Reason::TrunkHasNoEndpoint || reason == Reason::NotRegistered;
  if (unreachable && prepare_destination(context, call, {0, reason})) return std::nullopt;
  return Refusal{.reason = reason};
}

routing::RouteQuery query_of(Context& context, const Call& call, const routing::QualityTable* quality,
                             const routing::LoadView* load) {
  routing::RouteQuery query;
  query.trunk = call.setup->source_trunk;
  query.ani = call.record.ani_e164;
  query.dni = call.record.dni_e164;
  if (call.record.numbers.made()) query.numbers = &call.record.numbers.read();
  query.when = context.clock.wall();
  query.random = context.ids.next64();
  query.quality = quality;
  query.load = load;
  return query;
}

}  // namespace warp::calls
