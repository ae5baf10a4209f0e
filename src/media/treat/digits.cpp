// How digits of one side reach the other. Each leaves once, in the way that the other side takes.
#include "warp/audio/tone.h"

#include "treat/treatment.h"

namespace warp::media {

void Treatment::give_digit(Half& from, char digit, bool begins, std::chrono::milliseconds length) {
  Half& to = beyond(from);
  switch (plan_from(from).takes) {
    case DigitWay::Info:
      if (begins) return;
      metrics_->digits_info.add();
      return from.tell(domain::MediaEventKind::Digit, digit, length);
    case DigitWay::Events:
    case DigitWay::Tones: {
      if (!begins) return to.digits.end(length);
      if (!to.digits.push(digit, std::nullopt)) return metrics_->digits_lost.add();
      const bool events = plan_from(from).takes == DigitWay::Events;
      (events ? metrics_->digits_events : metrics_->digits_tones).add();
      return;
    }
    case DigitWay::None:
      return;
  }
}

void Treatment::take_changes(Half& from, std::span<const rtp::EventChange> changes) {
  for (const auto& change : changes)
    if (const auto digit = audio::digit_of(change.event))
      give_digit(from, *digit, change.begins, change.length);
}

void Treatment::take_silence(Half& from, Monotonic now) {
  if (!plan_from(from).take_events || !from.events->sounding()) return;
  const auto quiet = std::chrono::duration_cast<std::chrono::microseconds>(now - from.event_at).count();
  const auto units = static_cast<std::uint32_t>(quiet * from.terms->events_clock / 1'000'000);
  take_changes(from, from.events->passed(from.event_timestamp + units));
}

Drop Treatment::receive_event(Half& from, PacketRoom datagram, const rtp::Header& header, Monotonic now) {
  const auto& plan = plan_from(from);
  const auto payload = rtp::payload(datagram.data(), header);
  if (!payload) return Drop::Malformed;
  if (plan.take_events) {
    // Durations reach from the event's timestamp to about now.
    const auto event = rtp::parse_telephone_event(*payload);
    if (!event) return Drop::Malformed;
    from.event_timestamp = header.timestamp + event->duration;
    from.event_at = busy_at_ = now;
    take_changes(from, from.events->receive(*payload, header.timestamp));
    return Drop::None;
  }
  Half& to = beyond(from);
  if (!plan.events_pass || to.withheld()) return Drop::None;
  auto event = rtp::parse_telephone_event(*payload);
  if (!event) return Drop::Malformed;
  event->duration = rtp::map_duration(event->duration, from.terms->events_clock, to.terms->events_clock);
  if (plan.way == Way::Recode) {
    pass_event(to, *event, header, now);
    return Drop::None;
  }
  if (from.terms->events_clock != to.terms->events_clock) {
    const auto mapped = rtp::telephone_event_payload(*event);
    std::copy(mapped.begin(), mapped.end(),
              datagram.data().begin() + static_cast<std::ptrdiff_t>(header.payload_offset));
  }
  return relay_on(to, plan, datagram, header, now);
}

// Into a stream of our own coding: its audio is withheld while the event lasts.
void Treatment::pass_event(Half& to, rtp::TelephoneEvent event, const rtp::Header& header, Monotonic now) {
  auto& passed = to.passed;
  const bool fresh = !passed.seen || header.timestamp != passed.source_timestamp;
  if (fresh && passed.seen && static_cast<std::int32_t>(header.timestamp - passed.source_timestamp) < 0 &&
      now - passed.last < PassedEvent::kSilence)
    return;  // of an event before, overtaken
  if (fresh) {
    if (to.speaker != nullptr) to.speaker->pause(to.outlet, to, now);
    passed = {true, true, header.timestamp, to.outlet.stamp(now), now};
  }
  passed.last = now;
  if (event.end) passed.sounding = false;
  std::array<std::byte, rtp::kFixedHeaderBytes + rtp::kTelephoneEventBytes + srtp::kOverhead> buffer{};
  to.outlet.write(buffer, *to.terms->events, fresh, passed.timestamp, event.duration, now);
  const auto payload = rtp::telephone_event_payload(event);
  std::copy(payload.begin(), payload.end(), buffer.begin() + rtp::kFixedHeaderBytes);
  to.packet(buffer, rtp::kFixedHeaderBytes + rtp::kTelephoneEventBytes);
}

}  // namespace warp::media
