#include "flow_codec.h"

#include <arpa/inet.h>
#include <cstring>

namespace warp::media {
namespace {

void put_ip(std::uint8_t* into, const domain::IpAddress& ip) {
  std::memcpy(into, ip.bytes.data(), ip.bytes.size());
}

domain::SocketAddress take_address(const std::uint8_t* ip, std::uint16_t port, bool v6) {
  domain::SocketAddress out;
  out.ip.v6 = v6;
  std::memcpy(out.ip.bytes.data(), ip, out.ip.bytes.size());
  out.port = ntohs(port);
  return out;
}

// The kernel program writes while this reads.
template <class T>
T peek(const T& shared) {
  return __atomic_load_n(&shared, __ATOMIC_RELAXED);
}

}  // namespace

relay_key key_of(const domain::SocketAddress& local) {
  relay_key key{};
  put_ip(key.address, local.ip);
  key.port = htons(local.port);
  key.v6 = local.ip.v6;
  return key;
}

relay_flow value_of(const KernelFlow& flow, const Route& route, std::uint32_t counter) {
  relay_flow value{};
  value.counter = counter;
  value.interface = route.local ? 0 : route.interface;
  put_ip(value.source, flow.source.ip);
  put_ip(value.from, flow.from.ip);
  put_ip(value.to, flow.destination.ip);
  put_ip(value.next_hop, route.next_hop);
  value.source_port = htons(flow.source.port);
  value.from_port = htons(flow.from.port);
  value.to_port = htons(flow.destination.port);
  value.most_octets = route.most_octets;
  value.next_hop_v6 = route.next_hop.v6;
  value.traffic_class = static_cast<std::uint8_t>(flow.dscp << 2);
  value.event = flow.to_user_space.value_or(RELAY_NO_EVENT);
  value.v6 = flow.local.ip.v6;
  return value;
}

KernelFlow flow_of(const relay_key& key, const relay_flow& value) {
  KernelFlow flow;
  const bool v6 = key.v6 != 0;
  flow.local = take_address(key.address, key.port, v6);
  flow.source = take_address(value.source, value.source_port, v6);
  flow.from = take_address(value.from, value.from_port, v6);
  flow.destination = take_address(value.to, value.to_port, v6);
  flow.dscp = static_cast<std::uint8_t>(value.traffic_class >> 2);
  if (value.event != RELAY_NO_EVENT) flow.to_user_space = value.event;
  return flow;
}

KernelCounters counters_of(const relay_count& count) {
  KernelCounters out;
  out.packets = peek(count.packets);
  out.octets = peek(count.octets);
  out.expected = peek(count.expected);
  out.duplicates = peek(count.duplicates);
  out.out_of_order = peek(count.out_of_order);
  const auto heard = peek(count.quiet);
  out.heard = heard == RELAY_HEARD_SILENCE ? Heard::Silence
              : heard == RELAY_HEARD_SOUND ? Heard::Sound
                                           : Heard::Unknown;
  out.highest_sequence = peek(count.highest);
  out.ssrc = peek(count.ssrc);
  out.last = Monotonic(std::chrono::nanoseconds(peek(count.last_ns)));
  return out;
}

}  // namespace warp::media
