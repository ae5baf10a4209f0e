#include "warp/rtp/telephone_event.h"

#include <algorithm>

#include "warp/base/bytes.h"

namespace warp::rtp {
namespace {

constexpr std::uint32_t kFullDuration = 0xffff;

std::uint64_t event_units(std::chrono::milliseconds length, std::uint32_t clock_rate) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(length.count(), 0)) * clock_rate / 1000;
}

std::int32_t event_distance(std::uint32_t from, std::uint32_t to) {
  return static_cast<std::int32_t>(to - from);
}

}  // namespace

Result<TelephoneEvent, PacketError> parse_telephone_event(std::span<const std::byte> payload) {
  if (payload.size() < kTelephoneEventBytes) return PacketError::TooShort;
  ByteReader reader(payload);
  TelephoneEvent event;
  event.event = reader.u8();
  const auto flags = reader.u8();
  event.end = (flags & 0x80) != 0;
  event.volume = flags & 0x3f;
  event.duration = reader.u16();
  return event;
}

std::array<std::byte, kTelephoneEventBytes> telephone_event_payload(const TelephoneEvent& event) {
  std::array<std::byte, kTelephoneEventBytes> out{};
  ByteWriter writer(out);
  writer.u8(event.event);
  writer.u8(static_cast<std::uint8_t>((event.end ? 0x80 : 0) | std::min<std::uint8_t>(event.volume, 63)));
  writer.u16(event.duration);
  return out;
}

std::uint16_t map_duration(std::uint16_t duration, std::uint32_t from_rate, std::uint32_t to_rate) {
  if (from_rate == 0) return duration;
  const auto mapped = (std::uint64_t{duration} * to_rate + from_rate / 2) / from_rate;
  return static_cast<std::uint16_t>(std::min<std::uint64_t>(mapped, kFullDuration));
}

EventSender::EventSender(const Settings& settings, std::uint32_t timestamp)
    : settings_(settings), segment_(timestamp) {}

void EventSender::end() {
  ending_ = true;
}

std::optional<EventSender::Packet> EventSender::next() {
  if (ends_left_ == 0) return std::nullopt;
  const bool first = !begun_;
  begun_ = true;
  // An event that was ended before its first packet still lasts one of them: a duration of 0 means a state.
  if (ends_left_ == 3 && (!ending_ || first)) {
    auto step = std::max<std::uint64_t>(event_units(settings_.ptime, settings_.clock_rate), 1);
    if (settings_.length) {
      const auto all = event_units(*settings_.length, settings_.clock_rate);
      step = std::min(step, std::max<std::uint64_t>(all - std::min(all, total_), first ? 1 : 0));
      if (total_ + step >= all) ending_ = true;
    }
    if (elapsed_ + step > kFullDuration) {
      segment_ += elapsed_;
      elapsed_ = 0;
    }
    elapsed_ += static_cast<std::uint32_t>(std::min<std::uint64_t>(step, kFullDuration));
    total_ += step;
  }
  if (ending_) --ends_left_;
  const TelephoneEvent event{.event = settings_.event,
                             .end = ending_,
                             .volume = settings_.volume,
                             .duration = static_cast<std::uint16_t>(elapsed_)};
  return Packet{
      .payload = telephone_event_payload(event), .timestamp = segment_, .marker = first, .end = ending_};
}

std::span<const EventChange> EventReceiver::receive(std::span<const std::byte> payload,
                                                    std::uint32_t timestamp) {
  count_ = 0;
  for (std::size_t block = 0; block < kMostBlocks; ++block) {
    const auto event = parse_telephone_event(payload);
    if (!event) break;
    one(*event, timestamp);
    // The next block begins where this one ends.
    timestamp += event->duration;
    payload = payload.subspan(kTelephoneEventBytes);
  }
  return std::span(changes_).first(count_);
}

bool EventReceiver::continues(const TelephoneEvent& event, std::uint32_t timestamp) const {
  // A duration that was nearly full and went on in a segment of its own (§2.5.1.3); its last report may be
  // lost.
  const auto step = event_distance(timestamp_, timestamp);
  return active_ && event.event == now_.event && step > 0 &&
         step <= static_cast<std::int32_t>(kFullDuration) &&
         static_cast<std::uint32_t>(step) >= kFullDuration - clock_rate_ / 4 &&
         static_cast<std::uint32_t>(step) <= now_.duration + clock_rate_ / 4;
}

void EventReceiver::one(const TelephoneEvent& event, std::uint32_t timestamp) {
  if (!seen_) {
    begin(event, timestamp);
  } else if (timestamp == timestamp_) {
    // Repeats of what has ended say nothing new, nor do reports that others overtook.
    if (!active_ || event.event != now_.event) return;
    now_.duration = std::max(now_.duration, event.duration);
  } else if (continues(event, timestamp)) {
    before_ += static_cast<std::uint32_t>(event_distance(timestamp_, timestamp));
    timestamp_ = timestamp;
    now_.duration = event.duration;
  } else if (event_distance(timestamp_, timestamp) < 0 &&
             event_distance(timestamp, timestamp_) < static_cast<std::int32_t>(clock_rate_)) {
    return;  // an earlier event's packet that was overtaken
  } else {
    if (active_) finish();
    begin(event, timestamp);
  }
  if (event.end) finish();
}

void EventReceiver::begin(const TelephoneEvent& event, std::uint32_t timestamp) {
  seen_ = active_ = true;
  timestamp_ = timestamp;
  now_ = event;
  before_ = 0;
  change(true);
}

void EventReceiver::finish() {
  active_ = false;
  change(false);
}

void EventReceiver::change(bool begins) {
  if (count_ == changes_.size()) return;
  const auto units = begins ? 0 : before_ + now_.duration;
  changes_[count_++] = {.event = now_.event,
                        .begins = begins,
                        .volume = now_.volume,
                        .length = std::chrono::milliseconds(units * 1000 / clock_rate_)};
}

std::span<const EventChange> EventReceiver::passed(std::uint32_t timestamp) {
  count_ = 0;
  const auto last = timestamp_ + now_.duration;
  const auto silence = static_cast<std::int64_t>(event_units(kSilence, clock_rate_));
  if (active_ && event_distance(last, timestamp) > silence) finish();
  return std::span(changes_).first(count_);
}

std::optional<std::uint8_t> EventReceiver::sounding() const {
  if (!active_) return std::nullopt;
  return now_.event;
}

}  // namespace warp::rtp
