#include "media_setup.h"

#include <utility>

#include "warp/base/text.h"

#include "capabilities.h"
#include "ending.h"
#include "media_events.h"
#include "media_watch.h"
#include "mediation.h"
#include "multipart.h"
#include "negotiation/exchange.h"
#include "negotiation/one_side.h"
#include "transfer/handover.h"

namespace warp::calls {

using domain::Reason;

std::uint8_t network_of(const Context& context, const sip::Flow& flow) {
  const auto& networks = context.settings.media_networks;
  return flow.listener < networks.size() ? networks[flow.listener] : std::uint8_t{0};
}

namespace {

void on_media_timeout(Context& context, std::uint64_t serial, CallId id) {
  Call* call = context.table.find(serial);
  if (call == nullptr) return time_out_elsewhere(context, id);
  if (call->state != State::Up && call->state != State::Confirming) return;
  terminate(context, *call, Reason::MediaTimeout);
}

std::function<void()> timeout_of(Context& context, const Call& call) {
  return [alive = std::weak_ptr(context.alive), &context, serial = call.serial, id = call.record.call] {
    if (!alive.expired()) on_media_timeout(context, serial, id);
  };
}

// Opens the media session, or keeps the one that fits.
Reason open_media(Context& context, Call& call, std::uint8_t streams, bool caller_v6, bool callee_v6) {
  const std::array<bool, 2> families{caller_v6, callee_v6};
  const Setup& setup = *call.setup;
  const std::array<std::uint8_t, 2> networks{network_of(context, setup.invite.flow),
                                             network_of(context, setup.attempt.flow)};
  if (call.media && call.media_v6 == families && call.media_networks == networks &&
      call.media_symmetric == call.symmetric_rtp && call.streams == streams)
    return Reason::NormalClearing;
  call.media.reset();
  domain::MediaSessionRequest request;
  request.call = call.record.call;
  request.streams = streams;
  for (std::size_t side = 0; side < request.sides.size(); ++side)
    request.sides[side] = {families[side], call.symmetric_rtp[side], networks[side]};
  request.timeout = call.media_timeout;
  auto opened = context.media.open(request, context.executor, timeout_of(context, call));
  if (!opened) {
    switch (opened.error()) {
      case domain::MediaError::NoAddressOfFamily:
        return Reason::MediaUnsupported;
      case domain::MediaError::PortsExhausted:
      case domain::MediaError::Stopping:
        return Reason::MediaPortsExhausted;
    }
  }
  call.media = std::move(*opened);
  observe_media(context, call);
  call.streams = streams;
  call.media_v6 = families;
  call.media_networks = networks;
  call.media_symmetric = call.symmetric_rtp;
  return Reason::NormalClearing;
}

std::string answered(Context& context, Call& call, Side offerer, const sdp::Session& answer) {
  CarriedAnswer carried = carry_answer(context, call, offerer, *call.setup->offer, answer);
  if (carried.body.empty()) return {};
  call.record.caller_media.codec = std::move(carried.codecs[0]);
  call.record.callee_media.codec = std::move(carried.codecs[1]);
  judge_media(call);
  return std::move(carried.body);
}

// Offer known, answer arrived: what the caller gets of it. Empty when it cannot be used.
std::string mediate_answer(Context& context, Call& call, std::string_view text) {
  auto answer = sdp::parse(text);
  if (!answer || answer->media.empty()) return {};
  const Setup& setup = *call.setup;
  if (setup.attempt.bypass) return std::string(text);
  if (!relayable(*answer)) return {};
  return answered(context, call, Side::Caller, *answer);
}

// Delayed offer: the far end's offer, from its 2xx.
std::string mediate_far_offer(Context& context, Call& call, std::string_view text) {
  auto offer = sdp::parse(text);
  if (!offer || offer->media.empty()) return {};
  Setup& setup = *call.setup;
  if (setup.attempt.bypass) {
    setup.offer = std::move(*offer);
    return std::string(text);
  }
  if (admit(context, call, Side::Callee, *offer) != Reason::NormalClearing) return {};
  setup.offer = *offer;
  const bool caller_v6 = setup.invite.flow.local.ip.v6;
  if (open_media(context, call, streams_for(*offer), caller_v6, setup.attempt.flow.local.ip.v6) !=
      Reason::NormalClearing)
    return {};
  connect_offerer(*call.media, call.streams, Side::Callee, *offer, context.clock_rates);
  return carry_offer(context, call, Side::Callee, *offer, call.leg(Side::Caller));
}

}  // namespace

Reason describe_offer(Context& context, Call& call, std::string& body) {
  Setup& setup = *call.setup;
  if (call.delayed_offer) return Reason::NormalClearing;
  if (setup.attempt.bypass) {
    call.media.reset();
    body = description_of(setup.invite.request);
    return Reason::NormalClearing;
  }
  if (const Reason refused = admit(context, call, Side::Caller, *setup.offer);
      refused != Reason::NormalClearing)
    return refused;
  const bool caller_v6 = uses_v6(*setup.offer, setup.invite.flow.local.ip.v6);
  const Reason opened =
      open_media(context, call, streams_for(*setup.offer), caller_v6, setup.attempt.flow.local.ip.v6);
  if (opened != Reason::NormalClearing) return opened;
  connect_offerer(*call.media, call.streams, Side::Caller, *setup.offer, context.clock_rates);
  body = carry_offer(context, call, Side::Caller, *setup.offer, call.leg(Side::Callee));
  return body.empty() ? Reason::MediaUnsupported : Reason::NormalClearing;
}

namespace {

// Delayed offer, made in a reliable 18x: the caller answers it in its PRACK.
std::string describe_early_offer(Context& context, Call& call, const sip::Message& response, Fork& fork) {
  std::string body = mediate_far_offer(context, call, response.body());
  fork.offer = call.setup->offer;
  if (!body.empty()) speak_as(context, call, fork.key);
  return body;
}

}  // namespace

std::string describe_early(Context& context, Call& call, const sip::Message& response, const Heard& heard) {
  Setup& setup = *call.setup;
  if (body_kind(response) != BodyKind::Sdp) return {};
  if (call.delayed_offer) {
    const bool offers = heard.reliable && heard.fork->owed_prack == heard.fork->rseq;
    return offers ? describe_early_offer(context, call, response, *heard.fork) : std::string();
  }
  const std::uint64_t far_tag = far_key(call, response);
  if (heard.fork != nullptr) heard.fork->description = response.body();
  setup.attempt.early_description = response.body();
  setup.attempt.early_tag = far_tag;
  if (!policy_of(setup, Side::Caller).provisional.early_media) return {};
  std::string body = mediate_answer(context, call, response.body());
  if (!body.empty()) speak_as(context, call, far_tag);
  return body;
}

std::optional<std::string> describe_answer(Context& context, Call& call, const sip::Message& response) {
  Setup& setup = *call.setup;
  const std::uint64_t far_tag = far_key(call, response);
  const Fork* fork = find_fork(call, far_tag);
  if (fork != nullptr && fork->agreed && (fork->changed || call.delayed_offer)) {
    // A description in this 2xx is a copy of an old one.
    speak_as(context, call, far_tag);
    call.delayed_offer = false;
    return std::string();
  }
  std::string body;
  switch (body_kind(response)) {
    case BodyKind::Unsupported:
      return std::nullopt;
    case BodyKind::None: {
      // Some say all in the 183 and nothing in the 200.
      if (call.delayed_offer) return std::nullopt;
      const std::string& said = fork != nullptr ? fork->description : setup.attempt.early_description;
      if (said.empty() || (fork == nullptr && setup.attempt.early_tag != far_tag)) return std::nullopt;
      body = mediate_answer(context, call, said);
      break;
    }
    case BodyKind::Sdp:
      body = call.delayed_offer ? mediate_far_offer(context, call, response.body())
                                : mediate_answer(context, call, response.body());
  }
  if (body.empty()) return std::nullopt;
  speak_as(context, call, far_tag);
  return body;
}

std::string describe_late_answer(Context& context, Call& call, const sip::Message& ack) {
  if (body_kind(ack) != BodyKind::Sdp) return {};
  auto answer = sdp::parse(ack.body());
  if (!answer || answer->media.empty()) return {};
  if (!call.media) return std::string(ack.body());
  if (!relayable(*answer)) return {};
  return answered(context, call, Side::Callee, *answer);
}

bool open_towards_caller(Context& context, Call& call, const sdp::Session& offer) {
  const bool v6 = uses_v6(offer, call.setup->invite.flow.local.ip.v6);
  return open_media(context, call, streams_for(offer), v6, v6) == Reason::NormalClearing;
}

bool reopen_media(Context& context, Call& call, domain::MediaMemory memory) {
  memory.request.call = call.record.call;
  auto opened = context.media.reopen(memory, context.executor, timeout_of(context, call));
  if (!opened) return false;
  call.media = std::move(*opened);
  observe_media(context, call);
  call.streams = memory.request.streams;
  for (std::size_t side = 0; side < memory.request.sides.size(); ++side) {
    call.media_v6[side] = memory.request.sides[side].v6;
    call.media_symmetric[side] = memory.request.sides[side].symmetric_rtp;
    call.media_networks[side] = memory.request.sides[side].network;
  }
  return true;
}

void follow_answer(Context& context, Call& call, Side side, std::string_view ours,
                   const sip::Message& response) {
  if (!call.media || body_kind(response) != BodyKind::Sdp) return;
  const auto told = sdp::parse(ours);
  auto answer = sdp::parse(response.body());
  if (!told || !answer) return;
  const std::string codec = codec_of(*answer);
  if (!take_answer(context, call, side, *told, std::move(*answer))) return;
  std::array<std::string, 2> codecs;
  codecs[static_cast<std::size_t>(side)] = codec;
  note_codecs(call, codecs);
}

}  // namespace warp::calls
