#include "treat/outlet.h"

#include <algorithm>

#include "warp/base/bytes.h"

namespace warp::media {
namespace {

void put_outlet_fields(std::span<std::byte> packet, std::uint16_t sequence, std::uint32_t timestamp,
                       std::uint32_t ssrc) {
  ByteWriter writer(packet.subspan(2, 10));
  writer.u16(sequence);
  writer.u32(timestamp);
  writer.u32(ssrc);
}

std::uint32_t clock_units(Monotonic::duration time, std::uint32_t clock_rate) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  return static_cast<std::uint32_t>(static_cast<std::uint64_t>(std::max<std::int64_t>(us, 0)) * clock_rate /
                                    1'000'000);
}

}  // namespace

void set_type(std::span<std::byte> packet, std::uint8_t type, bool marker) {
  packet[1] = static_cast<std::byte>((marker ? 0x80u : 0u) | (type & 0x7fu));
}

std::uint32_t Outlet::timestamp_at(Monotonic now) const {
  return last_timestamp_ + clock_units(now - last_at_, clock_rate_);
}

std::uint32_t Outlet::stamp(Monotonic now) const {
  if (!begun_) return last_timestamp_;
  return last_timestamp_ + std::max(clock_units(now - last_at_, clock_rate_), last_lasts_);
}

void Outlet::take_over() {
  if (own_) return;
  own_ = true;
  was_transparent_ = begun_;
  aligned_ = false;
}

void Outlet::align(const rtp::Header& header, Monotonic now) {
  sequence_offset_ = static_cast<std::uint16_t>(last_sequence_ + 1 - header.sequence);
  timestamp_offset_ = stamp(now) - header.timestamp;
  first_sequence_ = header.sequence;
  source_ = header.ssrc;
  aligned_ = true;
}

std::uint32_t Outlet::place(const rtp::Header& header, Monotonic now) {
  if (!own_) return header.timestamp;
  if (!aligned_ || source_ != header.ssrc) align(header, now);
  return header.timestamp + timestamp_offset_;
}

bool Outlet::relay(std::span<std::byte> packet, const rtp::Header& header, std::uint8_t type, Monotonic now) {
  if (!own_) {
    if (ssrc_ != header.ssrc) begun_ = false;
    ssrc_ = header.ssrc;
    set_type(packet, type, header.marker);
    note(header.sequence, header.timestamp, 0, now);
    return true;
  }
  const bool fresh = !aligned_ || source_ != header.ssrc;
  const auto timestamp = place(header, now);
  if (static_cast<std::int16_t>(header.sequence - first_sequence_) < 0) return false;
  const auto sequence = static_cast<std::uint16_t>(header.sequence + sequence_offset_);
  set_type(packet, type, header.marker || fresh);
  put_outlet_fields(packet, sequence, timestamp, ssrc_);
  note(sequence, timestamp, 0, now);
  return true;
}

void Outlet::write(std::span<std::byte> out, std::uint8_t type, bool marker, std::uint32_t timestamp,
                   std::uint32_t lasts, Monotonic now) {
  take_over();
  aligned_ = false;
  const auto sequence = static_cast<std::uint16_t>(last_sequence_ + 1);
  out[0] = std::byte{0x80};
  set_type(out, type, marker);
  put_outlet_fields(out, sequence, timestamp, ssrc_);
  // The last packets of an event may follow audio that was said behind it.
  const bool newer = !begun_ || static_cast<std::int32_t>(timestamp - last_timestamp_) >= 0;
  note(sequence, newer ? timestamp : last_timestamp_, newer ? lasts : last_lasts_, now);
}

// Never backwards: an overtaken packet is not what comes last.
void Outlet::note(std::uint16_t sequence, std::uint32_t timestamp, std::uint32_t lasts, Monotonic now) {
  const bool later = !begun_ || static_cast<std::int16_t>(sequence - last_sequence_) > 0;
  begun_ = true;
  // Half the sequence space later everything would look old.
  if (aligned_ && static_cast<std::uint16_t>(sequence - sequence_offset_ - first_sequence_) > 0x4000)
    first_sequence_ = static_cast<std::uint16_t>(sequence - sequence_offset_ - 0x2000);
  if (!later) return;
  last_sequence_ = sequence;
  last_timestamp_ = timestamp;
  last_lasts_ = lasts;
  last_at_ = now;
}

}  // namespace warp::media
