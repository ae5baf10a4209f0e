#include "warp/rtp/statistics.h"

#include <algorithm>
#include <limits>

namespace warp::rtp {
namespace {

// The fastest transit is forgotten by one timestamp unit in so many packets: 98 ppm at 160 units a packet.
constexpr std::uint32_t kDrift = 64;

}  // namespace

SequenceTracker::SequenceTracker(std::uint16_t first) : highest_(static_cast<std::uint16_t>(first - 1)) {}

void SequenceTracker::restart(std::uint16_t sequence) {
  base_ = sequence;
  highest_ = sequence;
  cycles_ = 0;
  expected_jump_ = kNoJump;
  window_ = 1;
}

void SequenceTracker::note_behind(unsigned distance) {
  const std::uint64_t bit = distance < kWindow ? std::uint64_t{1} << distance : 0;
  if ((window_ & bit) != 0) {
    ++duplicates_;
    return;
  }
  window_ |= bit;
  ++out_of_order_;
}

SequenceTracker::Verdict SequenceTracker::receive(std::uint16_t sequence) {
  const auto ahead = static_cast<std::uint16_t>(sequence - highest_);
  if (probation_ > 0) {
    if (ahead != 1) {
      probation_ = kMinSequential - 1;
      highest_ = sequence;
      return Verdict::Probation;
    }
    highest_ = sequence;
    if (--probation_ > 0) return Verdict::Probation;
    restart(sequence);
    received_ = 1;
    return Verdict::Valid;
  }
  if (ahead != 0 && ahead < kMaxDropout) {
    if (sequence < highest_) cycles_ += 1u << 16;
    highest_ = sequence;
    window_ = (ahead < kWindow ? window_ << ahead : 0) | 1;
  } else if (ahead == 0 || ahead > (1u << 16) - kMaxMisorder) {
    note_behind(static_cast<std::uint16_t>(highest_ - sequence));
  } else {
    if (sequence != expected_jump_) {
      expected_jump_ = static_cast<std::uint16_t>(sequence + 1);
      return Verdict::Jump;
    }
    // Two in sequence: the sender started anew. What was expected before stays in the account.
    forgotten_expected_ = expected();
    restart(sequence);
  }
  ++received_;
  return Verdict::Valid;
}

void SequenceTracker::skip_to(std::uint16_t sequence) {
  const auto ahead = static_cast<std::uint16_t>(sequence - highest_);
  if (!valid() || ahead == 0 || ahead >= 1u << 15) return;
  if (sequence < highest_) cycles_ += 1u << 16;
  highest_ = sequence;
  base_ += ahead;
  window_ = ~std::uint64_t{0};
}

std::uint64_t SequenceTracker::expected() const {
  if (!valid()) return 0;
  return forgotten_expected_ + (static_cast<std::uint64_t>(extended_highest()) - base_ + 1);
}

SequenceTracker::Verdict ReceiveStatistics::receive(const Header& header, std::uint32_t clock_rate,
                                                    std::chrono::microseconds arrival) {
  using Verdict = SequenceTracker::Verdict;
  if (!seen_) {
    seen_ = true;
    ssrc_ = header.ssrc;
    current_ = SequenceTracker(header.sequence);
  }
  if (header.ssrc != ssrc_) {
    if (!candidate_seen_ || candidate_ssrc_ != header.ssrc) {
      candidate_seen_ = true;
      candidate_ssrc_ = header.ssrc;
      candidate_ = SequenceTracker(header.sequence);
    }
    if (candidate_.receive(header.sequence) != Verdict::Valid) return Verdict::Probation;
    past_received_ += current_.received();
    past_expected_ += current_.expected();
    past_duplicates_ += current_.duplicates();
    past_out_of_order_ += current_.out_of_order();
    current_ = candidate_;
    ssrc_ = header.ssrc;
    candidate_seen_ = false;
    have_transit_ = false;
    update_jitter(header, clock_rate, arrival);
    return Verdict::Valid;
  }
  const auto verdict = current_.receive(header.sequence);
  if (verdict != Verdict::Jump) update_jitter(header, clock_rate, arrival);
  return verdict;
}

void ReceiveStatistics::received_elsewhere(const ReceivedElsewhere& packets) {
  past_received_ += packets.received;
  past_expected_ += packets.expected;
  past_duplicates_ += packets.duplicates;
  past_out_of_order_ += packets.out_of_order;
  if (seen_ && packets.ssrc == ssrc_) current_.skip_to(packets.highest);
  have_transit_ = false;
}

// What was measured in the old clock's units is what it was in time.
void ReceiveStatistics::change_clock(std::uint32_t clock_rate) {
  if (clock_rate_ != 0) {
    const auto moved = [&](std::uint64_t scaled) { return scaled * clock_rate / clock_rate_; };
    scaled_jitter_ = static_cast<std::uint32_t>(moved(scaled_jitter_));
    scaled_jitter_max_ = static_cast<std::uint32_t>(moved(scaled_jitter_max_));
    scaled_jitter_sum_ = moved(scaled_jitter_sum_);
  }
  clock_rate_ = clock_rate;
  late_after_ = clock_rate / 1000 * kLateMs;
  have_transit_ = false;
}

void ReceiveStatistics::follow_transit(std::uint32_t transit) {
  if (++jitter_samples_ % kDrift == 0) ++fastest_transit_;
  const auto behind = static_cast<std::int32_t>(transit - fastest_transit_);
  if (behind < 0)
    fastest_transit_ = transit;
  else if (static_cast<std::uint32_t>(behind) > late_after_)
    ++late_;
}

void ReceiveStatistics::update_jitter(const Header& header, std::uint32_t clock_rate,
                                      std::chrono::microseconds arrival) {
  if (clock_rate == 0) return;
  if (clock_rate != clock_rate_) change_clock(clock_rate);
  // Packets of one instant (telephone-event updates) share a timestamp: their spacing is not jitter.
  if (have_transit_ && header.timestamp == last_timestamp_) return;
  const auto arrived =
      static_cast<std::uint32_t>(static_cast<std::uint64_t>(arrival.count()) * clock_rate / 1'000'000);
  const std::uint32_t transit = arrived - header.timestamp;
  const auto difference = static_cast<std::int32_t>(transit - transit_);
  const std::uint32_t magnitude =
      difference < 0 ? 0u - static_cast<std::uint32_t>(difference) : static_cast<std::uint32_t>(difference);
  // A timestamp that leaps (a new source behind the same SSRC) would spoil the mean for minutes.
  const bool follows = have_transit_ && magnitude < clock_rate * 5u;
  if (follows) {
    scaled_jitter_ += magnitude - ((scaled_jitter_ + 8) >> 4);
    scaled_jitter_sum_ += scaled_jitter_;
    scaled_jitter_max_ = std::max(scaled_jitter_max_, scaled_jitter_);
    follow_transit(transit);
  } else {
    fastest_transit_ = transit;
  }
  transit_ = transit;
  last_timestamp_ = header.timestamp;
  have_transit_ = true;
}

std::uint32_t ReceiveStatistics::in_us(std::uint64_t scaled) const {
  if (clock_rate_ == 0) return 0;
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::min(kMost, (scaled >> 4) * 1'000'000 / clock_rate_));
}

std::uint32_t ReceiveStatistics::jitter_us() const {
  return in_us(scaled_jitter_);
}

std::uint32_t ReceiveStatistics::jitter_mean_us() const {
  return jitter_samples_ == 0 ? 0 : in_us(scaled_jitter_sum_ / jitter_samples_);
}

std::uint64_t ReceiveStatistics::missing() const {
  const auto came = received() - std::min(received(), duplicates());
  return expected() > came ? expected() - came : 0;
}

std::uint8_t ReceiveStatistics::take_fraction_lost() {
  const auto expected_now = expected();
  const auto received_now = received();
  const auto expected_interval = expected_now - expected_prior_;
  const auto received_interval = received_now - received_prior_;
  expected_prior_ = expected_now;
  received_prior_ = received_now;
  if (expected_interval == 0 || received_interval >= expected_interval) return 0;
  const auto fraction = ((expected_interval - received_interval) << 8) / expected_interval;
  return static_cast<std::uint8_t>(fraction > 255 ? 255 : fraction);
}

}  // namespace warp::rtp
