// What one receiver knows of the RTP stream that it gets: RFC 3550 A.1 (sequence validation), A.3 (loss), A.8
// (interarrival jitter), and which packets came twice, behind a later one, or too late to be played. A value:
// no clock, no lock; the owner passes the arrival time in.
#pragma once

#include <chrono>
#include <cstdint>

#include "warp/rtp/packet.h"

namespace warp::rtp {

// Sequence numbers of one SSRC.
class SequenceTracker {
 public:
  static constexpr unsigned kMinSequential = 2;
  static constexpr unsigned kMaxDropout = 3000;
  static constexpr unsigned kMaxMisorder = 100;

  enum class Verdict : std::uint8_t {
    Probation,  // not yet kMinSequential packets in sequence
    Valid,
    Jump,  // far off; believed when the next one follows it
  };

  SequenceTracker() = default;
  explicit SequenceTracker(std::uint16_t first);  // `first` must then be passed to receive()
  Verdict receive(std::uint16_t sequence);

  bool valid() const { return probation_ == 0; }
  std::uint64_t received() const { return received_; }  // since the source became valid
  std::uint64_t expected() const;
  std::uint32_t extended_highest() const { return cycles_ + highest_; }
  // Packets that came again; those older than kWindow behind the highest are not told from late ones.
  std::uint64_t duplicates() const { return duplicates_; }
  std::uint64_t out_of_order() const { return out_of_order_; }  // came behind a later one
  // What lies up to `sequence` is in another's account; a valid source's alone.
  void skip_to(std::uint16_t sequence);

 private:
  static constexpr std::uint32_t kNoJump = 1u << 16 | 1;
  static constexpr unsigned kWindow = 64;
  void restart(std::uint16_t sequence);
  void note_behind(unsigned distance);

  std::uint16_t highest_ = 0;
  std::uint32_t cycles_ = 0;
  std::uint32_t base_ = 0;
  std::uint32_t expected_jump_ = kNoJump;
  unsigned probation_ = kMinSequential;
  std::uint64_t received_ = 0;
  std::uint64_t forgotten_expected_ = 0;  // from before a restart of the sequence
  std::uint64_t window_ = 0;              // bit n: highest_ - n has come
  std::uint64_t duplicates_ = 0, out_of_order_ = 0;
};

// Packets of a stream that somebody else received in between.
struct ReceivedElsewhere {
  std::uint64_t received = 0, expected = 0;
  std::uint32_t ssrc = 0;
  std::uint16_t highest = 0;  // sequence number
  std::uint64_t duplicates = 0, out_of_order = 0;
};

class ReceiveStatistics {
 public:
  // A packet is late when it comes so much behind the fastest ones: a jitter buffer of that depth has given
  // it up.
  static constexpr std::uint32_t kLateMs = 60;

  // `arrival` on any steady clock. `clock_rate` of the packet's payload type in Hz; 0 = unknown, which leaves
  // jitter as it is. A change of SSRC is followed once the new one has passed its probation.
  SequenceTracker::Verdict receive(const Header& header, std::uint32_t clock_rate,
                                   std::chrono::microseconds arrival);

  // Adds them, and goes on behind them without taking them for lost. A change of SSRC among them is seen when
  // the new one comes here.
  void received_elsewhere(const ReceivedElsewhere& packets);

  bool valid() const { return current_.valid(); }
  std::uint32_t ssrc() const { return ssrc_; }
  std::uint32_t clock_rate() const { return clock_rate_; }  // 0: unknown
  std::uint64_t received() const { return past_received_ + current_.received(); }
  std::uint64_t expected() const { return past_expected_ + current_.expected(); }
  // Never negative: duplicates can make A.3's figure so.
  std::uint64_t lost() const { return expected() > received() ? expected() - received() : 0; }
  std::uint64_t duplicates() const { return past_duplicates_ + current_.duplicates(); }
  std::uint64_t out_of_order() const { return past_out_of_order_ + current_.out_of_order(); }
  std::uint64_t late() const { return late_; }
  // Never came, as far as can be told: lost() does not see those whose place a duplicate takes.
  std::uint64_t missing() const;
  std::uint32_t jitter_us() const;
  std::uint32_t jitter_mean_us() const;  // of A.8's figure after each packet
  std::uint32_t jitter_max_us() const { return in_us(scaled_jitter_max_); }
  std::uint32_t jitter() const { return scaled_jitter_ >> 4; }  // in timestamp units
  std::uint32_t extended_highest() const { return current_.extended_highest(); }
  // Lost since the last call, of 256 (A.3's fraction).
  std::uint8_t take_fraction_lost();

 private:
  void update_jitter(const Header& header, std::uint32_t clock_rate, std::chrono::microseconds arrival);
  void change_clock(std::uint32_t clock_rate);
  void follow_transit(std::uint32_t transit);
  std::uint32_t in_us(std::uint64_t scaled) const;

  SequenceTracker current_;
  std::uint32_t ssrc_ = 0;
  bool seen_ = false;
  SequenceTracker candidate_;  // of another SSRC that knocks
  std::uint32_t candidate_ssrc_ = 0;
  bool candidate_seen_ = false;
  std::uint64_t past_received_ = 0, past_expected_ = 0;  // of earlier SSRCs
  std::uint64_t past_duplicates_ = 0, past_out_of_order_ = 0;

  std::uint32_t clock_rate_ = 0;
  std::uint32_t transit_ = 0;
  std::uint32_t last_timestamp_ = 0;
  bool have_transit_ = false;
  std::uint32_t scaled_jitter_ = 0;  // sixteenths of a timestamp unit
  std::uint32_t scaled_jitter_max_ = 0;
  std::uint64_t scaled_jitter_sum_ = 0;
  std::uint32_t jitter_samples_ = 0;
  std::uint32_t fastest_transit_ = 0;  // moves on by kDrift, so that clocks may drift apart
  std::uint32_t late_after_ = 0;       // kLateMs in timestamp units
  std::uint64_t late_ = 0;

  std::uint64_t expected_prior_ = 0, received_prior_ = 0;
};

}  // namespace warp::rtp
