// Outlet: the RTP stream towards one side, whatever its packets come from: relayed ones, our coding of the
// other side's audio, clips, digits. Sans-I/O.
//
// As long as packets are relayed alone, their SSRC, sequence and timestamp stay as they are (transparent()).
// From the first packet of our own on there is one SSRC, whose sequence and timestamp go on without a jump:
// relayed packets are moved behind what was sent last, and keep their spacing from there, gaps of lost ones
// included. A value of one thread; time comes in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "warp/base/clock.h"
#include "warp/rtp/packet.h"

namespace warp::media {

class Outlet {
 public:
  // `ssrc` is for a stream that begins with a packet of our own.
  explicit Outlet(std::uint32_t ssrc)
      : ssrc_(ssrc),
        last_sequence_(static_cast<std::uint16_t>(ssrc >> 16 & 0x7fff)),
        last_timestamp_(ssrc * 2654435761u) {}

  void set_clock(std::uint32_t clock_rate) { clock_rate_ = clock_rate; }  // of timestamps towards this side
  std::uint32_t clock_rate() const { return clock_rate_; }
  bool transparent() const { return !own_; }
  std::uint32_t ssrc() const { return ssrc_; }

  // Rewrites a relayed packet in place. False: it comes too late, its place was given away.
  bool relay(std::span<std::byte> packet, const rtp::Header& header, std::uint8_t type, Monotonic now);
  // What relay() would make of that timestamp; moves the stream behind what was sent last if need be.
  std::uint32_t place(const rtp::Header& header, Monotonic now);

  // The timestamp of what is said at `now`, never before what was said.
  std::uint32_t stamp(Monotonic now) const;
  // Header of a packet of our own into the first octets of `out`; `lasts`: timestamp units until the next.
  void write(std::span<std::byte> out, std::uint8_t type, bool marker, std::uint32_t timestamp,
             std::uint32_t lasts, Monotonic now);
  // The next relayed packet is put behind what was sent: what came between was withheld.
  void realign() { aligned_ = false; }
  // From now on the stream is our own, also when it began with relayed packets.
  void take_over();

  void sent(std::size_t payload_octets) {
    ++packets_;
    octets_ += static_cast<std::uint32_t>(payload_octets);
  }
  bool begun() const { return begun_; }
  // Nothing but our own packets and relayed ones behind them: another stream may follow under its own SSRC.
  bool replaceable() const { return !own_ || !was_transparent_; }
  std::uint32_t next_timestamp() const { return last_timestamp_ + last_lasts_; }
  std::uint32_t packets() const { return packets_; }
  std::uint32_t octets() const { return octets_; }
  std::uint32_t timestamp_at(Monotonic now) const;

 private:
  void align(const rtp::Header& header, Monotonic now);
  void note(std::uint16_t sequence, std::uint32_t timestamp, std::uint32_t lasts, Monotonic now);

  std::uint32_t clock_rate_ = 8000;
  std::uint32_t ssrc_;
  bool own_ = false;
  bool was_transparent_ = false;
  bool begun_ = false;

  // What was sent last, and when.
  std::uint16_t last_sequence_;
  std::uint32_t last_timestamp_;
  std::uint32_t last_lasts_ = 0;
  Monotonic last_at_{};

  // How relayed packets are moved.
  bool aligned_ = false;
  std::uint32_t source_ = 0;
  std::uint16_t first_sequence_ = 0;  // older ones have no place
  std::uint16_t sequence_offset_ = 0;
  std::uint32_t timestamp_offset_ = 0;

  std::uint32_t packets_ = 0, octets_ = 0;
};

// Header fields in place.
void set_type(std::span<std::byte> packet, std::uint8_t type, bool marker);

}  // namespace warp::media
