#include "relay.h"

#include <algorithm>

#include "warp/rtp/packet.h"
#include "warp/rtp/rtcp.h"

#include "quality/look.h"
#include "quality/peer_report.h"
#include "treat/treatment.h"

namespace warp::media {
namespace {

constexpr std::size_t kShortestRtcp = 8;

Forward dropped(Drop why) {
  return {why, -1, nullptr, nullptr};
}

Forward to_peer(const Side& side) {
  Side& peer = *side.peer;
  if (!peer.to_rtp) return dropped(Drop::NoRemote);
  if (peer.fast == Side::Fast::Yes) return {Drop::None, peer.ports->fast.fd, nullptr, &peer};
  return {Drop::None, peer.ports->rtp.fd, &peer.to_rtp, &peer};
}

Forward relay_opaque(Side& side, bool v6, std::span<const std::byte> data,
                     const domain::SocketAddress& source, const Arrival& arrival) {
  const auto drop = admit_opaque(side, v6, data.size(), source, arrival);
  return drop == Drop::None ? to_peer(side) : dropped(drop);
}

Forward relay_rtp(Side& side, bool v6, std::span<const std::byte> data, const domain::SocketAddress& source,
                  const Arrival& arrival) {
  const auto header = rtp::parse_header(data);
  if (!header) return dropped(Drop::Malformed);
  const auto drop = admit_rtp(side, v6, data.size(), *header, source, arrival);
  if (drop != Drop::None) return dropped(drop);
  sample(side, data, *header, arrival);
  return to_peer(side);
}

// What a side's reports are about while they are passed end to end: the packets that the other side sends.
ReportedStream reported_to(const Side& side) {
  const auto& received = side.peer->received;
  if (!received.valid()) return {};
  return {received.ssrc(), received.clock_rate(), received.expected(), false};
}

void read_report(Side& side, const rtp::Report& report, const Arrival& arrival) {
  Side& peer = *side.peer;
  if (report.sender) peer.round_trip.sender_report_sent(report.ssrc, *report.sender, arrival.at);
  if (!peer.received.valid()) return;
  for (std::size_t i = 0; i < report.block_count; ++i)
    note_block(side, report.block(i), reported_to(side), arrival.at);
}

Forward relay_rtcp(Side& side, const Socket& socket, std::span<const std::byte> data,
                   const domain::SocketAddress& source, const Arrival& arrival) {
  const auto drop = admit_rtcp(side, socket, data, source);
  if (drop != Drop::None) return dropped(drop);
  read_reports(side, data, arrival);
  Side& peer = *side.peer;
  const auto& to = peer.rtcp_mux ? peer.to_rtp : peer.to_rtcp;
  if (!to) return dropped(Drop::NoRemote);
  return {Drop::None, peer.rtcp_mux ? peer.ports->rtp.fd : peer.ports->rtcp.fd, &to, nullptr};
}

}  // namespace

void account(Side& side, std::size_t size, const rtp::Header& header, const Arrival& arrival) {
  const std::uint32_t rate = side.clock_rates ? (*side.clock_rates)[header.payload_type] : 0;
  side.received.receive(header, rate, arrival.since_epoch);
  side.last_rtp = arrival.at;
  auto& counters = side.counters;
  counters.packets_received.add(1);
  counters.octets_received.add(size);
  counters.jitter_us.set(side.received.jitter_us());
  count_received(side);
}

void count_received(Side& side) {
  auto& counters = side.counters;
  counters.lost.set(side.received.lost());
  counters.missing.set(side.received.missing());
  counters.duplicates.set(side.received.duplicates());
  counters.out_of_order.set(side.received.out_of_order());
  counters.late.set(side.received.late());
}

void sample(Side& side, std::span<const std::byte> data, const rtp::Header& header, const Arrival& arrival) {
  if (!side.quality.sample_due()) return;
  if (const auto payload = rtp::payload(data, header))
    listen(side, heard_in(header.payload_type, *payload), arrival.at);
}

void aim(Side& side, bool v6) {
  const auto& guard = side.guard;
  const auto to = side.held ? Destination() : Destination(guard.destination(), v6);
  if (to != side.to_rtp) side.fast = Side::Fast::No;
  side.to_rtp = to;
  // A peer that sits elsewhere than it said: its RTCP port there is not known before it speaks.
  if (!side.rtcp_learned && guard.destination().ip != guard.signalled().ip) side.to_rtcp = {};
}

// What is not RTP has no sequence to tell a stranger by: its address must be the signalled one, or the one
// that the same side's RTP was learned from.
Drop admit_opaque(Side& side, bool v6, std::size_t size, const domain::SocketAddress& source,
                  const Arrival& arrival) {
  const auto& signalled = side.guard.signalled();
  const bool believed =
      signalled.port != 0 && (source.ip == signalled.ip || (side.symmetric && source.ip == side.opaque_ip));
  if (!believed) return Drop::Source;
  if (side.symmetric && !side.held) {
    const Destination to(source, v6);
    if (to != side.to_rtp) side.fast = Side::Fast::No;
    side.to_rtp = to;
  }
  side.last_rtp = arrival.at;
  side.counters.packets_received.add(1);
  side.counters.octets_received.add(size);
  return Drop::None;
}

Drop admit_rtp(Side& side, bool v6, std::size_t size, const rtp::Header& header,
               const domain::SocketAddress& source, const Arrival& arrival) {
  switch (side.guard.check(source, header, arrival.at)) {
    case SourceGuard::Verdict::Accept:
      break;
    case SourceGuard::Verdict::Learned:
      side.learned.set(source);
      aim(side, v6);
      break;
    case SourceGuard::Verdict::Withheld:
      return Drop::Unlearned;
    case SourceGuard::Verdict::Refuse:
      return Drop::Source;
  }
  account(side, size, header, arrival);
  side.flow.seen(source);
  return Drop::None;
}

void admit_proven(Side& side, std::size_t size, const rtp::Header& header,
                  const domain::SocketAddress& source, const Arrival& arrival) {
  account(side, size, header, arrival);
  side.flow.seen(source);
}

// SRTCP that is not for us is encrypted behind its first eight octets and fails here; it is passed on all the
// same.
void read_reports(Side& side, std::span<const std::byte> data, const Arrival& arrival) {
  auto compound = rtp::RtcpCompound::parse(data);
  if (!compound) return;
  while (const auto packet = compound->next()) {
    if (const auto report = rtp::parse_report(*packet)) read_report(side, *report, arrival);
    if (packet->type == rtp::RtcpType::ExtendedReport)
      note_extended(side, *packet, reported_to(side), arrival.at);
  }
}

Drop admit_rtcp(Side& side, const Socket& socket, std::span<const std::byte> data,
                const domain::SocketAddress& source) {
  if (data.size() < kShortestRtcp || rtp::classify(data) != rtp::Kind::Rtcp) return Drop::Malformed;
  const bool from_signalled = !side.guard.learned() && side.in_use && source.ip == side.signalled_rtcp.ip;
  if (!side.guard.trusts_ip(source.ip) && !from_signalled) return Drop::Source;
  if (socket.rtcp && side.symmetric && !side.rtcp_learned && side.guard.learned()) {
    side.to_rtcp = Destination(source, socket.v6);
    side.rtcp_learned = true;
  }
  return Drop::None;
}

std::string_view to_string(Drop drop) {
  switch (drop) {
    case Drop::None:
      return "none";
    case Drop::Idle:
      return "idle_port";
    case Drop::Malformed:
      return "malformed";
    case Drop::TooLong:
      return "too_long";
    case Drop::Source:
      return "source";
    case Drop::Unlearned:
      return "unlearned";
    case Drop::NoRemote:
      return "no_remote";
    case Drop::SendFailed:
      return "send_failed";
    case Drop::Secured:
      return "not_authentic";
  }
  return "unknown";
}

Forward relay(const Socket& socket, const PacketRoom& datagram, const domain::SocketAddress& source,
              const Arrival& arrival) {
  Side& side = *socket.side;
  if (side.treatment != nullptr)
    return {side.treatment->receive(side, socket, datagram, source, arrival), -1, nullptr, nullptr};
  const auto data = datagram.data();
  if (side.opaque && !socket.rtcp) return relay_opaque(side, socket.v6, data, source, arrival);
  if (socket.rtcp || rtp::classify(data) == rtp::Kind::Rtcp)
    return relay_rtcp(side, socket, data, source, arrival);
  return relay_rtp(side, socket.v6, data, source, arrival);
}

void set_remote(Side& side, const domain::MediaStreamRemote& remote,
                std::shared_ptr<const domain::ClockRates> clock_rates, Monotonic now) {
  const bool v6 = side.ports->rtp.v6;
  const bool in_use = remote.rtp.port != 0 && remote.rtp.ip.v6 == v6;
  if (in_use != side.in_use || remote.expect_rtp != side.expect_rtp) side.session->quiet_from = now;
  side.in_use = in_use;
  side.expect_rtp = remote.expect_rtp;
  side.rtcp_mux = remote.rtcp_mux;
  side.clock_rates = std::move(clock_rates);
  side.flow.agree(remote.terms.get());

  if (remote.opaque && !side.opaque) side.opaque_ip = side.guard.destination().ip;
  side.opaque = remote.opaque;

  // c=0.0.0.0 says "send nothing", not "I have moved": what was learned stays.
  side.held = in_use && !Destination(remote.rtp, v6);
  const auto before = side.guard.signalled();
  if (!side.held) side.guard.set_signalled(in_use ? remote.rtp : domain::SocketAddress{}, side.symmetric);
  if (before != side.guard.signalled()) {
    side.rtcp_learned = false;
    side.learned.set({});
  }
  side.signalled_rtcp = remote.rtcp;
  if (!side.rtcp_learned) side.to_rtcp = in_use ? Destination(remote.rtcp, v6) : Destination();
  aim(side, v6);
}

void assume_learned(Side& side, const domain::SocketAddress& source, Monotonic now) {
  side.guard.assume(source, now);
  if (!side.guard.learned()) return;
  side.learned.set(source);
  aim(side, side.ports->rtp.v6);
}

bool timeout_strikes(SessionState& session, Monotonic now) {
  if (session.timeout.count() == 0 || session.timeout_struck) return false;
  bool expected = false;
  Monotonic last = session.quiet_from;
  for (std::size_t stream = 0; stream < session.streams; ++stream) {
    const auto& [a, b] = session.sides[stream];
    if (!a.in_use || !b.in_use) continue;
    for (const Side* side : {&a, &b}) {
      if (!side->expect_rtp) continue;
      expected = true;
      last = std::max(last, side->last_rtp);
    }
  }
  if (!expected || now - last < session.timeout) return false;
  session.timeout_struck = true;
  return true;
}

}  // namespace warp::media
