#include "treat/digit_sender.h"

#include <algorithm>

#include "warp/srtp/session.h"

namespace warp::media {

bool DigitSender::push(char digit, std::optional<std::chrono::milliseconds> length) {
  if (!audio::is_digit(digit) || count_ == waiting_.size()) return false;
  if (length) length = std::clamp(*length, kTick, kLongest);
  waiting_[(first_ + count_++) % waiting_.size()] = {digit, length};
  return true;
}

void DigitSender::end(std::chrono::milliseconds length) {
  length = std::clamp(length, kTick, kLongest);
  // Of those that have no length, the one that came last.
  if (count_ != 0) {
    auto& last = waiting_[(first_ + count_ - 1) % waiting_.size()];
    if (!last.length) last.length = length;
  } else if (sending_ && !now_.length) {
    now_.length = length;
    if (event_) event_->end();
  }
}

void DigitSender::clear() {
  *this = {};
}

bool DigitSender::next() {
  if (gap_ > std::chrono::milliseconds(0)) {
    gap_ -= kTick;
    return false;
  }
  if (count_ == 0) return false;
  now_ = waiting_[first_];
  first_ = (first_ + 1) % waiting_.size();
  --count_;
  sending_ = true;
  said_ = 0;
  return true;
}

void DigitSender::finish() {
  sending_ = false;
  tone_.reset();
  event_.reset();
  gap_ = kGap;
}

void DigitSender::send_event(std::uint8_t type, std::uint32_t clock_rate, Outlet& outlet, PacketSink& sink,
                             Monotonic now) {
  if (!sending_) {
    if (!next()) return;
    const auto event = audio::event_of(now_.digit);
    event_.emplace(rtp::EventSender::Settings{.event = event.value_or(0),
                                              .volume = 10,
                                              .clock_rate = clock_rate,
                                              .ptime = kTick,
                                              .length = now_.length},
                   outlet.stamp(now));
  }
  const auto packet = event_ ? event_->next() : std::nullopt;
  if (!packet) return finish();
  std::array<std::byte, rtp::kFixedHeaderBytes + rtp::kTelephoneEventBytes + srtp::kOverhead> buffer{};
  outlet.write(buffer, type, packet->marker, packet->timestamp, event_->after() - packet->timestamp, now);
  std::copy(packet->payload.begin(), packet->payload.end(), buffer.begin() + rtp::kFixedHeaderBytes);
  sink.packet(buffer, rtp::kFixedHeaderBytes + rtp::kTelephoneEventBytes);
}

void DigitSender::fill(std::span<audio::Sample> out, std::uint32_t sample_rate) {
  std::fill(out.begin(), out.end(), audio::Sample{0});
  if (!sending_) {
    if (!next()) return;
    tone_.emplace(now_.digit, sample_rate);
  }
  const auto longest = now_.length.value_or(kLongest);
  const auto all = static_cast<std::uint64_t>(longest.count()) * sample_rate / 1000;
  const auto left = all - std::min(all, said_);
  const auto part = out.first(static_cast<std::size_t>(std::min<std::uint64_t>(left, out.size())));
  if (tone_) tone_->fill(part);
  said_ += part.size();
  if (said_ >= all) finish();
}

}  // namespace warp::media
