// What becomes of a datagram of a treated stream.
#include "warp/rtp/rtcp.h"

#include "port_pool.h"
#include "treat/ears.h"

namespace warp::media {
namespace {

// Where it came to.
domain::SocketAddress tap_local(const Side& side, bool rtcp) {
  if (side.ports == nullptr || side.ports->pool == nullptr) return {};
  return {side.ports->pool->address(), static_cast<std::uint16_t>(side.ports->number + (rtcp ? 1 : 0))};
}

// With ICE only packets of pairs whose check was good come this far (receive_control()). A peer of several
// addresses changes from one to another when it likes, before it nominates that.
bool proven_by_checks(const Half& half) {
  return half.secure != nullptr && half.secure->ice() != nullptr;
}

}  // namespace

Drop Treatment::receive(Side& side, const Socket& socket, const PacketRoom& datagram,
                        const domain::SocketAddress& source, const Arrival& arrival) {
  Half& from = of(side);
  if (side.opaque && !socket.rtcp) return receive_opaque(from, socket, datagram, source, arrival);
  const auto data = datagram.data();
  if (const auto taken = receive_control(from, socket, data, source, arrival.at)) {
    want_ticks(arrival.at);
    return *taken;
  }
  if (socket.rtcp || rtp::classify(data) == rtp::Kind::Rtcp)
    return receive_rtcp(from, socket, datagram, source, arrival);
  return receive_rtp(from, socket, datagram, source, arrival);
}

void Treatment::tap(const Half& from, std::span<const std::byte> data, const Socket& socket,
                    const domain::SocketAddress& source, Monotonic at) const {
  for (const auto& tap : from.side->session->taps)
    tap->packet(from.which, stream_, data, {source, tap_local(*from.side, socket.rtcp), socket.rtcp}, at);
}

Drop Treatment::receive_rtp(Half& from, const Socket& socket, PacketRoom datagram,
                            const domain::SocketAddress& source, const Arrival& arrival) {
  const auto header = rtp::parse_header(datagram.data());
  if (!header) return Drop::Malformed;
  if (from.secure != nullptr) {
    const auto size = from.secure->unprotect(datagram.data());
    if (!size) {
      not_opened(from, size.error());
      return Drop::Secured;
    }
    datagram.size = *size;
  }
  if (proven_by_checks(from))
    admit_proven(*from.side, datagram.size, *header, source, arrival);
  else if (const auto drop = admit_rtp(*from.side, socket.v6, datagram.size, *header, source, arrival);
           drop != Drop::None)
    return drop;
  sample(*from.side, datagram.data(), *header, arrival);
  tap(from, datagram.data(), socket, source, arrival.at);
  const auto drop = forward(from, datagram, *header, arrival.at);
  want_ticks(arrival.at);
  return drop;
}

Drop Treatment::forward(Half& from, PacketRoom datagram, const rtp::Header& header, Monotonic now) {
  const auto& plan = plan_from(from);
  if (from.terms != nullptr && from.terms->events && header.payload_type == *from.terms->events &&
      (plan.events_pass || plan.take_events))
    return receive_event(from, datagram, header, now);
  if (from.listener != nullptr && (plan.listen() || fax_ != nullptr)) {
    const auto payload = rtp::payload(datagram.data(), header);
    if (!payload) return Drop::Malformed;
    if (plan.way == Way::Recode || fax_ != nullptr) {
      from.listener->put(header, *payload, now);
      return Drop::None;
    }
    busy_at_ = now;
    TreatmentEars ears(*this, from);
    from.listener->overhear(header, *payload, ears);
  }
  return relay_on(beyond(from), plan, datagram, header, now);
}

Drop Treatment::relay_on(Half& to, const DirectionPlan& plan, PacketRoom datagram, const rtp::Header& header,
                         Monotonic now) {
  const auto type = plan.types[header.payload_type & 0x7f];
  if (type == DirectionPlan::kDropped) return Drop::None;
  const Half& from = beyond(to);
  const bool muted = plan.hear_digits && from.listener != nullptr && from.listener->sounding();
  if (muted || to.withheld()) {
    to.outlet.take_over();
    to.outlet.realign();
    return Drop::None;
  }
  if (!to.side->to_rtp) return Drop::NoRemote;
  if (to.outlet.relay(datagram.data(), header, type, now)) to.packet(datagram.buffer, datagram.size);
  return Drop::None;
}

Drop Treatment::receive_opaque(Half& from, const Socket& socket, const PacketRoom& datagram,
                               const domain::SocketAddress& source, const Arrival& arrival) {
  const auto drop = admit_opaque(*from.side, socket.v6, datagram.size, source, arrival);
  if (drop != Drop::None) return drop;
  tap(from, datagram.data(), socket, source, arrival.at);
  if (fax_ != nullptr) return fax_->udptl(datagram.data()) ? Drop::None : Drop::Malformed;
  Half& to = beyond(from);
  if (!to.side->to_rtp) return Drop::NoRemote;
  return to.wire->send(*to.side, StreamWire::Kind::Rtp, datagram.data()) ? Drop::None : Drop::SendFailed;
}

// SSRC and sequence of what one side gets are not those of what the other sends: reports cannot pass.
bool Treatment::ends_rtcp() const {
  return fax_ != nullptr || !halves_[0].outlet.transparent() || !halves_[1].outlet.transparent() ||
         plan_.from[0].way == Way::Recode || plan_.from[1].way == Way::Recode;
}

Drop Treatment::receive_rtcp(Half& from, const Socket& socket, PacketRoom datagram,
                             const domain::SocketAddress& source, const Arrival& arrival) {
  if (from.secure != nullptr) {
    const auto size = from.secure->unprotect_rtcp(datagram.data());
    if (!size) {
      not_opened(from, size.error());
      return Drop::Secured;
    }
    datagram.size = *size;
  }
  const auto drop = admit_rtcp(*from.side, socket, datagram.data(), source);
  if (drop != Drop::None && (drop != Drop::Source || !proven_by_checks(from))) return drop;
  tap(from, datagram.data(), socket, source, arrival.at);
  Half& to = beyond(from);
  if (ends_rtcp()) {
    if (from.reports.read(*from.side, from.outlet, datagram.data(), arrival.at)) report(to, true, arrival.at);
    return Drop::None;
  }
  read_reports(*from.side, datagram.data(), arrival);
  if (!(to.side->rtcp_mux ? to.side->to_rtp : to.side->to_rtcp)) return Drop::NoRemote;
  return to.send_rtcp(datagram.buffer, datagram.size) ? Drop::None : Drop::SendFailed;
}

void Treatment::report(Half& half, bool bye, Monotonic now) {
  std::array<std::byte, Reports::kMost + srtp::kOverhead> buffer;
  const auto size =
      half.reports.write(*half.side, half.outlet, cname_, bye, std::span(buffer).first(Reports::kMost), now);
  if (size != 0) half.send_rtcp(buffer, size);
}

}  // namespace warp::media
