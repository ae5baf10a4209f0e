// The dispatcher's side towards the wire: parts out, answers in.
#include <algorithm>

#include "warp/messaging/pricing.h"
#include "warp/smpp/pdu/encoding.h"
#include "warp/smpp/pdu/message_id.h"
#include "warp/smpp/pdu/time.h"

#include "carriage.h"
#include "dispatcher.h"

namespace warp::messaging {
namespace {

using domain::MessageState;
using domain::Reason;
using smpp::Status;

constexpr std::uint32_t kNoAnswer = 0xFFFFFFFF;
constexpr std::size_t kMostAttempts = 32;  // kept in a message

smpp::SplitStyle style_of(std::string_view name) {
  if (name == "udh16") return smpp::SplitStyle::Udh16;
  if (name == "sar") return smpp::SplitStyle::Sar;
  if (name == "payload") return smpp::SplitStyle::Payload;
  return smpp::SplitStyle::Udh8;
}

// A part that its sender cut: in the connector's style where that is possible, otherwise as it is.
smpp::Segment binary_segment(const domain::Message& message, const smpp::SplitSettings& split) {
  smpp::Segment segment;
  segment.udhi = !message.udh.empty();
  segment.user_data = message.udh + message.text;
  if (!segment.udhi || split.style != smpp::SplitStyle::Sar) return segment;
  const auto part = smpp::read_part(smpp::kEsmUdhi, segment.user_data, {});
  if (!part || !part->concat) return segment;
  const auto alphabet = smpp::interpret(*message.binary_coding, smpp::Alphabet::Gsm7).alphabet;
  auto converted = smpp::convert_part(*part, alphabet, split);
  return converted ? std::move(*converted) : segment;
}

// What is left of the validity, as the connector wants to hear it.
std::string validity_of(const domain::Connector& connector, const domain::Message& message, WallTime now) {
  if (connector.validity_form == "absolute")
    return smpp::format_absolute(message.valid_until, connector.validity_zone_quarters);
  if (connector.validity_form != "relative") return {};
  const auto left = std::chrono::ceil<std::chrono::seconds>(message.valid_until - now);
  return smpp::format_relative(std::max(left, std::chrono::seconds(1)));
}

std::uint8_t priority_of(const domain::Connector& connector, const domain::Message& message) {
  const auto& map = connector.priority_map;
  if (message.priority >= map.size()) return message.priority;
  return static_cast<std::uint8_t>(map[message.priority] - '0');
}

}  // namespace

Heard classify(const WireOutcome& outcome) {
  if (outcome.result == WireResult::NotSent) return Heard::NotSent;
  if (outcome.result == WireResult::Ambiguous) return Heard::Ambiguous;
  switch (outcome.status) {
    case Status::Ok:
      return Heard::Ok;
    case Status::Throttled:
    case Status::MsgQFul:
      return Heard::Throttled;
    case Status::SysErr:
    case Status::InvBndSts:
    case Status::RxTAppn:
    case Status::SerTypUnavail:
    case Status::UnknownErr:
      return Heard::Temporary;
    default:
      // What no standard names may be anything: tried again.
      return smpp::is_known(outcome.status) ? Heard::Permanent : Heard::Temporary;
  }
}

bool Dispatcher::encode(const domain::Connector& connector, Live& live) {
  const auto& message = live.message;
  auto encoded = std::make_unique<Encoded>();
  smpp::SplitSettings split;
  split.style = style_of(connector.split);
  split.reference = ++reference_;
  split.packed = connector.packed;
  if (takes_whole(connector)) {
    encoded->segments.emplace_back();
  } else if (message.binary_coding) {
    encoded->data_coding = *message.binary_coding;
    encoded->segments.push_back(binary_segment(message, split));
  } else {
    smpp::EncodeSettings settings;
    settings.default_alphabet =
        smpp::parse_alphabet(connector.default_alphabet).value_or(smpp::Alphabet::Gsm7);
    settings.latin1 = connector.latin1;
    settings.substitute = connector.substitute;
    settings.message_class = message.message_class;
    settings.gsm7_data_coding = connector.gsm7_data_coding;
    const auto text = smpp::encode_text(message.text, settings);
    auto segments = smpp::split(text, split);
    if (!segments) return false;
    encoded->data_coding = text.data_coding;
    encoded->segments = std::move(*segments);
  }
  live.parts.assign(encoded->segments.size(), {});
  live.encoded = std::move(encoded);
  return true;
}

bool Dispatcher::send_part(Lane& lane, Live& live) {
  const auto* connector = settings_of(lane);
  const auto now = core_.clock.now();
  const auto rate = rate_of(lane);
  if (!connector || !lane.healthy(now) || !lane.may_send(rate, now)) return false;
  if (lane.probing() && lane.on_wire > 0) return false;
  if (core_.upstream.room(lane.id()) == 0) return false;
  if (const auto hold = live.encoded ? Hold{} : hold_of(core_, live.message); !hold.none()) {
    leave_cleared(lane, live);
    hold_back(live, hold);
    return true;
  }
  if (!carries(connector->protocol, live.message.kind)) {  // changed since it was routed
    leave_cleared(lane, live);
    next_candidate(live, true);
    return true;
  }
  if (!live.encoded && !encode(*connector, live)) {
    leave_cleared(lane, live);
    finisher_.finish(live, MessageState::Failed, Reason::MessageTooLong);
    return true;
  }
  const auto pending = std::find_if(live.parts.begin(), live.parts.end(),
                                    [](const auto& part) { return part.state == PartState::Pending; });
  const auto index = static_cast<std::size_t>(pending - live.parts.begin());
  const auto& message = live.message;
  const auto& segment = live.encoded->segments[index];
  domain::MessageAddress source = message.from, destination = message.to;
  source.ton = connector->source_ton.value_or(source.ton);
  source.npi = connector->source_npi.value_or(source.npi);
  destination.ton = connector->dest_ton.value_or(destination.ton);
  destination.npi = connector->dest_npi.value_or(destination.npi);
  WirePart part{source, destination};
  part.esm_class = segment.udhi ? smpp::kEsmUdhi : 0;
  part.protocol_id = message.protocol_id;
  part.priority = priority_of(*connector, message);
  const auto validity = validity_of(*connector, message, core_.clock.wall());
  part.validity = validity;
  part.data_coding = live.encoded->data_coding;
  part.registered_delivery = 1;
  part.user_data = segment.user_data;
  part.payload = segment.payload;
  part.sar = segment.sar;
  part.message = &message;
  auto done = [this, id = message.id, index, epoch = live.epoch, at = lane.id()](const WireOutcome& outcome) {
    on_answer(id, index, epoch, at, outcome);
  };
  if (!core_.upstream.submit(lane.id(), part, core_.guard(std::move(done)))) return false;
  core_.metrics.parts.add();
  ++lane.submitted;
  ++lane.on_wire;
  ++live.on_wire;
  lane.spend(rate, now);
  pending->state = PartState::OnWire;
  const bool more =
      std::any_of(pending, live.parts.end(), [](const auto& p) { return p.state == PartState::Pending; });
  if (!more) {
    leave_cleared(lane, live);
    live.phase = Phase::OnWire;
  }
  return true;
}

void Dispatcher::on_answer(MessageId id, std::size_t part, std::uint32_t epoch, ConnectorId connector,
                           const WireOutcome& outcome) {
  auto& owner = lane(connector);
  if (owner.on_wire > 0) --owner.on_wire;
  const auto heard = classify(outcome);
  core_.metrics.heard(heard);
  auto* live = core_.find(id);
  if (live && live->epoch == epoch && part < live->parts.size()) {
    take_answer(owner, *live, part, heard, outcome);
    if (live->on_wire == 0) settle(owner, *live);
  }
  pump(connector);
}

void Dispatcher::take_answer(Lane& lane, Live& live, std::size_t index, Heard heard,
                             const WireOutcome& outcome) {
  const auto now = core_.clock.now();
  auto& part = live.parts[index];
  --live.on_wire;
  if (heard == Heard::Permanent && live.phase == Phase::Cleared) {  // its other parts need not go
    leave_cleared(lane, live);
    live.phase = Phase::OnWire;
  }
  if (heard != Heard::Ok)
    live.worst_status = heard == Heard::Ambiguous ? kNoAnswer : static_cast<std::uint32_t>(outcome.status);
  switch (heard) {
    case Heard::Ok: {
      lane.succeeded();
      const auto* connector = settings_of(lane);
      smpp::IdSettings form;
      if (connector) form.form = smpp::parse_id_form(connector->submit_id_form).value_or(smpp::IdForm::Text);
      part.state = PartState::Taken;
      part.upstream_id = connector && takes_whole(*connector) ? std::string(outcome.message_id)
                                                              : smpp::normalise_id(outcome.message_id, form);
      return receipts_.taken(live, index);
    }
    case Heard::NotSent:
      live.not_sent = true;
      part.state = PartState::Pending;
      return;
    case Heard::Throttled:
      lane.throttled(core_.settings, now);
      part.state = PartState::Pending;
      return;
    case Heard::Temporary:
      lane.failed(core_.settings, now);
      part.state = PartState::Pending;
      return;
    case Heard::Permanent:
      lane.succeeded();
      part.state = PartState::Failed;
      return;
    case Heard::Ambiguous: {
      lane.failed(core_.settings, now);
      const auto* connector = settings_of(lane);
      const bool resend = connector && may_resend(*connector);
      live.ambiguous |= !resend;
      live.stays |= connector && knows_repeats(*connector);
      part.state = resend ? PartState::Pending : PartState::Failed;
      return;
    }
  }
}

// No part of it is unanswered.
void Dispatcher::settle(Lane& lane, Live& live) {
  const auto count = [&](PartState state) {
    return std::count_if(live.parts.begin(), live.parts.end(),
                         [&](const auto& p) { return p.state == state; });
  };
  const auto pending = count(PartState::Pending);
  const bool refused = std::any_of(live.parts.begin(), live.parts.end(), [](const auto& p) {
    return p.state == PartState::Failed && p.upstream_id.empty();
  });
  const bool begun = std::any_of(live.parts.begin(), live.parts.end(), [](const auto& p) {
    return !p.upstream_id.empty() || p.state == PartState::Taken;
  });
  if (refused) {
    leave_cleared(lane, live);
    const auto reason = refusal_of(lane, live);
    note_attempt(live.message, live.worst_status, reason);
    if (live.ambiguous) return finisher_.finish(live, MessageState::Failed, Reason::UpstreamSilent);
    if (begun) return finisher_.finish(live, MessageState::Failed, Reason::UpstreamRefused);
    live.stays = false;
    if (reason == Reason::RcsUnreachable) return unreachable(live);
    return next_candidate(live, true);
  }
  if (pending == 0) return sent(live);
  if (begun) {
    // The rest can go nowhere else: it is tried here again.
    if (live.worst_status != 0 && !live.not_sent) lane.throttled(core_.settings, core_.clock.now());
    if (live.phase == Phase::OnWire) {
      live.phase = Phase::Cleared;
      lane.cleared.push_front(live);
    }
    return;
  }
  const bool tried = live.worst_status != 0;
  const auto status = static_cast<Status>(live.worst_status);
  const bool throttled = status == Status::Throttled || status == Status::MsgQFul;
  if (!tried && live.phase == Phase::Cleared) return;
  leave_cleared(lane, live);
  if (!tried || throttled) {
    live.worst_status = 0;
    return requeue(live, lane.id());
  }
  note_attempt(live.message, live.worst_status,
               live.stays ? Reason::UpstreamSilent : Reason::UpstreamRefused);
  next_candidate(live, false);
}

void Dispatcher::sent(Live& live) {
  auto& message = live.message;
  live.phase = Phase::Sent;
  live.encoded.reset();
  live.tried = {};
  message.state = MessageState::Sent;
  message.reason = Reason::NormalClearing;
  message.sent_at = core_.clock.wall();
  note_attempt(message, 0, Reason::NormalClearing);
  message.cost = cost_of(message);
  core_.set_deadline(live, *message.sent_at + core_.settings.receipt_timeout);
  auto change = change_of(message);
  change.connector = message.connector;
  change.sent_at = message.sent_at;
  change.attempt = message.attempts.back();
  change.cost = message.cost;
  change.recast = live.recast;
  change.sent.reserve(live.parts.size());
  for (std::size_t i = 0; i < live.parts.size(); ++i)
    if (!live.parts[i].upstream_id.empty())
      change.sent.push_back({message.id, static_cast<std::uint16_t>(i + 1), message.connector,
                             live.parts[i].upstream_id, *message.sent_at});
  core_.persist(std::move(change), live.epoch);
  finisher_.progress(message, "sent");
  receipts_.evaluate(live);
}

void Dispatcher::note_attempt(domain::Message& message, std::uint32_t status, Reason reason) {
  if (message.attempts.size() >= kMostAttempts) message.attempts.erase(message.attempts.begin());
  message.attempts.push_back({message.connector, core_.clock.wall(), status, reason});
  message.reason = reason;
}

std::optional<domain::PricedMessage> Dispatcher::cost_of(const domain::Message& message) const {
  const auto* connector = core_.directory->connector(message.connector);
  if (!connector) return std::nullopt;
  return price_of(*core_.directory, connector->rate_plan, message.to.digits,
                  takes_whole(*connector) ? 1 : message.segments);
}

// Nothing of it was taken: another connector, or the same later. `for_good`: this one will not have it.
void Dispatcher::next_candidate(Live& live, bool for_good) {
  if (live.stays) return later(live, live.message.connector);
  live.tried.push_back(live.message.connector);
  const auto candidates = route(live);
  if (candidates.none() && live.message.kind == domain::MessageKind::Rcs) return unreachable(live);
  for (const auto connector : candidates.connectors) {
    if (std::find(live.tried.begin(), live.tried.end(), connector) != live.tried.end()) continue;
    if (!for_good && !healthy(connector)) continue;
    live.order = core_.next_order++;
    requeue(live, connector);
    return pump(connector);
  }
  if (for_good) {
    const bool media = live.message.reason == Reason::MediaRefused;
    return finisher_.finish(live, MessageState::Failed,
                            media ? Reason::MediaRefused : Reason::UpstreamRefused);
  }
  live.tried.clear();
  later(live, candidates.none() ? live.message.connector : candidates.connectors.front());
}

void Dispatcher::later(Live& live, ConnectorId connector) {
  const auto doublings = std::min<unsigned>(live.rounds++, 20);
  const auto wait = std::min(core_.settings.retry_first * (1 << doublings), core_.settings.retry_longest);
  live.message.not_before = core_.clock.wall() + wait;
  requeue(live, connector);
  pump(live.message.connector);
}

Reason Dispatcher::refusal_of(const Lane& lane, const Live& live) const {
  if (live.ambiguous) return Reason::UpstreamSilent;
  const auto* connector = settings_of(lane);
  if (!connector || !takes_whole(*connector)) return Reason::UpstreamRefused;
  switch (static_cast<Status>(live.worst_status)) {
    case Status::InvDstAdr:
      return connector->protocol == domain::ConnectorProtocol::Rcs ? Reason::RcsUnreachable
                                                                   : Reason::UpstreamRefused;
    case Status::InvMsgLen:
      return Reason::MediaRefused;
    default:
      return Reason::UpstreamRefused;
  }
}

bool Dispatcher::fall_back(domain::Message& message) {
  const auto recast = fall_back_of(message);
  if (!recast) return false;
  apply(*recast, message);
  core_.metrics.fallen_back.add();
  return true;
}

// As SMS when its sender allows it: the attempts tell what was before.
void Dispatcher::unreachable(Live& live) {
  auto recast = fall_back_of(live.message);
  if (!recast) return finisher_.finish(live, MessageState::Failed, Reason::RcsUnreachable);
  apply(*recast, live.message);
  live.recast = std::move(recast);
  core_.metrics.fallen_back.add();
  core_.log.debug("messaging.fell_back", {{"message", live.message.id}});
  const auto candidates = route(live.message);
  if (candidates.none()) return finisher_.finish(live, MessageState::Failed, Reason::NoMessageRoute);
  live.tried.clear();
  live.rounds = 0;
  live.order = core_.next_order++;
  requeue(live, candidates.connectors.front());
  pump(live.message.connector);
}

}  // namespace warp::messaging
