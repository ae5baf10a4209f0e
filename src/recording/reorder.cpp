#include "reorder.h"

#include <algorithm>
#include <utility>

namespace warp::recording {
namespace {

// RFC 1982: how far `to` is ahead.
std::int16_t ahead(std::uint16_t from, std::uint16_t to) {
  return static_cast<std::int16_t>(static_cast<std::uint16_t>(to - from));
}

constexpr std::int16_t kNewStream = 1000;  // a jump that is no loss

}  // namespace

void Reorder::give_front() {
  const auto voice = std::move(held_.front());
  held_.pop_front();
  expected_ = static_cast<std::uint16_t>(voice.sequence + 1);
  give_(voice);
}

void Reorder::give_ready() {
  while (!held_.empty() && (held_.front().sequence == expected_ || held_.size() > kHeld))
    give_front();
}

void Reorder::put(Voice voice) {
  if (begun_ && voice.ssrc != ssrc_) flush();
  if (begun_ && std::abs(ahead(expected_, voice.sequence)) > kNewStream) flush();
  if (!begun_) {
    begun_ = true;
    ssrc_ = voice.ssrc;
    expected_ = voice.sequence;
  }
  if (ahead(expected_, voice.sequence) < 0) return;  // its turn is over
  const auto place = std::find_if(held_.begin(), held_.end(), [&](const Voice& other) {
    return ahead(voice.sequence, other.sequence) >= 0;
  });
  if (place != held_.end() && place->sequence == voice.sequence) return;
  held_.insert(place, std::move(voice));
  give_ready();
}

void Reorder::expire(Monotonic now) {
  while (!held_.empty() && now - held_.front().at >= kWait) {
    give_front();
    give_ready();
  }
}

void Reorder::flush() {
  while (!held_.empty())
    give_front();
  begun_ = false;
}

}  // namespace warp::recording
