#include "warp/recording/copier.h"

#include <algorithm>
#include <utility>

#include "warp/rtp/rtcp_writer.h"
#include "warp/rtp/writer.h"

namespace warp::recording {
namespace {

constexpr std::size_t kLargestCopy = 1500;
constexpr std::uint32_t kUsualClock = 8000;

std::uint64_t ntp_at(WallTime wall) {
  constexpr std::uint64_t kFrom1900 = 2'208'988'800;
  const auto us = static_cast<std::uint64_t>(wall.time_since_epoch().count());
  return (us / 1'000'000 + kFrom1900) << 32 | ((us % 1'000'000) << 32) / 1'000'000;
}

std::uint32_t ticks(Monotonic::duration time, std::uint32_t clock) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  return static_cast<std::uint32_t>(us * static_cast<std::int64_t>(clock) / 1'000'000);
}

std::size_t size_of(const Result<std::size_t, srtp::Error>& made) {
  return made ? *made : 0;
}

std::size_t at_side(domain::MediaSide side) {
  return static_cast<std::size_t>(side);
}

}  // namespace

// What one side's stream is towards the recorder.
struct Copier::Lane {
  CopyWay way;
  std::unique_ptr<srtp::Session> srtp;  // null: in the clear
  std::uint32_t ssrc = 0;
  std::uint16_t next = 0;       // sequence behind the highest that was sent
  std::uint32_t timestamp = 0;  // of the last packet sent, or the first one's
  std::uint32_t clock = kUsualClock;
  Monotonic last{};  // when that was; epoch: nothing yet
  std::uint32_t packets = 0, octets = 0;

  std::optional<std::uint32_t> source;  // SSRC of what comes now
  std::uint16_t sequence_shift = 0;
  std::uint16_t first = 0;  // of the source's numbers under this shift; those before would take another's
  std::uint32_t timestamp_shift = 0;

  void adopt(const rtp::Header& header, Monotonic at) {
    if (source == header.ssrc) return;
    source = header.ssrc;
    first = header.sequence;
    sequence_shift = static_cast<std::uint16_t>(next - header.sequence);
    const std::uint32_t gap = last == Monotonic{} ? 0 : ticks(at - last, clock);
    timestamp_shift = timestamp + gap - header.timestamp;
  }
  // No number of ours stands for two packets: under one key that would give both away (RFC 3711 §9.1).
  bool too_late(const rtp::Header& header) const {
    return static_cast<std::int16_t>(header.sequence - first) < 0;
  }
  // The number of a packet that is not sent goes to the one behind it; out of order it stays unused.
  void leave_out(const rtp::Header& header) {
    if (static_cast<std::uint16_t>(header.sequence + sequence_shift) != next) return;
    --sequence_shift;
    first = static_cast<std::uint16_t>(header.sequence + 1);
  }
  void sent(const rtp::Header& header, std::size_t payload, Monotonic at) {
    if (static_cast<std::int16_t>(header.sequence - next) >= 0)
      next = static_cast<std::uint16_t>(header.sequence + 1);
    timestamp = header.timestamp;
    last = at;
    ++packets;
    octets += static_cast<std::uint32_t>(payload);
  }
};

Copier::Copier(std::unique_ptr<domain::MediaSession> outlet, std::size_t stream, const Start& start)
    : stream_(stream), cname_(start.cname), outlet_(std::move(outlet)) {
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    lanes_[i] = std::make_unique<Lane>();
    lanes_[i]->way.types.fill(CopyWay::kUnwanted);
    lanes_[i]->ssrc = start.ssrcs[i];
    lanes_[i]->next = start.sequences[i];
    lanes_[i]->timestamp = start.timestamps[i];
  }
}

Copier::~Copier() = default;

domain::SocketAddress Copier::local(domain::MediaSide side) const {
  std::lock_guard guard(mutex_);
  return outlet_ ? outlet_->local(side, 0).rtp : domain::SocketAddress{};
}

void Copier::lead(domain::MediaSide side, const CopyWay& way) {
  std::lock_guard guard(mutex_);
  Lane& lane = *lanes_[at_side(side)];
  const bool same_key = lane.way.key == way.key && (lane.srtp != nullptr) == way.key.has_value();
  lane.way = way;
  if (same_key) return;
  lane.srtp.reset();
  if (!way.key) return;
  auto made = srtp::Session::make(srtp::Suite::AesCm128Sha1_80, *way.key, srtp::Direction::Send);
  // Never in the clear what was to be encrypted.
  if (made)
    lane.srtp = std::move(*made);
  else
    lane.way.rtp.port = lane.way.rtcp.port = 0;
}

void Copier::packet(domain::MediaSide from, std::size_t stream, std::span<const std::byte> datagram,
                    const domain::TapOrigin& origin, Monotonic at) noexcept {
  if (origin.rtcp || stream != stream_) return;
  auto header = rtp::parse_header(datagram);
  if (!header) return;
  const auto payload = rtp::payload(datagram, *header);
  if (!payload) return;
  std::lock_guard guard(mutex_);
  Lane& lane = *lanes_[at_side(from)];
  const std::uint8_t type = lane.way.types[header->payload_type & 0x7f];
  if (!outlet_ || lane.way.rtp.port == 0 || type == CopyWay::kUnwanted) return;
  lane.adopt(*header, at);
  if (type == CopyWay::kMasked) {
    lane.leave_out(*header);
    ++totals_.masked;
    return;
  }
  if (lane.too_late(*header)) {
    ++totals_.lost;
    return;
  }
  if (const auto clock = lane.way.clocks[header->payload_type & 0x7f]; clock != 0) lane.clock = clock;
  header->payload_type = type;
  header->ssrc = lane.ssrc;
  header->sequence = static_cast<std::uint16_t>(header->sequence + lane.sequence_shift);
  header->timestamp += lane.timestamp_shift;
  std::array<std::byte, kLargestCopy + srtp::kOverhead> copy;
  std::size_t size = rtp::write_packet(*header, *payload, std::span(copy).first(kLargestCopy));
  if (size != 0 && lane.srtp) size = size_of(lane.srtp->protect(copy, size));
  if (size == 0 || !outlet_->send(from, 0, false, std::span(copy).first(size), lane.way.rtp)) {
    ++totals_.lost;
    return;
  }
  ++totals_.sent;
  lane.sent(*header, payload->size(), at);
}

void Copier::terms(domain::MediaSide, std::size_t,
                   const std::shared_ptr<const domain::MediaTerms>&) noexcept {}

void Copier::tell(domain::MediaSide side, Monotonic now, WallTime wall, bool bye) {
  Lane& lane = *lanes_[at_side(side)];
  if (!outlet_ || lane.way.rtcp.port == 0) return;
  rtp::OwnReport report;
  report.ssrc = lane.ssrc;
  report.cname = cname_;
  report.bye = bye;
  if (lane.packets != 0)
    report.sender = rtp::SenderInfo{ntp_at(wall), lane.timestamp + ticks(now - lane.last, lane.clock),
                                    lane.packets, lane.octets};
  std::array<std::byte, 512 + srtp::kOverhead> out;
  std::size_t size = rtp::write_report(report, std::span(out).first(512));
  if (size != 0 && lane.srtp) size = size_of(lane.srtp->protect_rtcp(out, size));
  if (size != 0) static_cast<void>(outlet_->send(side, 0, true, std::span(out).first(size), lane.way.rtcp));
}

void Copier::report(Monotonic now, WallTime wall) {
  std::lock_guard guard(mutex_);
  tell(domain::MediaSide::A, now, wall, false);
  tell(domain::MediaSide::B, now, wall, false);
}

void Copier::close(Monotonic now, WallTime wall) {
  std::lock_guard guard(mutex_);
  tell(domain::MediaSide::A, now, wall, true);
  tell(domain::MediaSide::B, now, wall, true);
  outlet_.reset();
}

Copier::Totals Copier::totals() const {
  std::lock_guard guard(mutex_);
  return totals_;
}

}  // namespace warp::recording
