// What the listeners of all transports have in common: what they are called, and whom they reach.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "warp/domain/address.h"

namespace warp::sip {

inline constexpr domain::IpAddress kLoopback6{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, true};

inline bool is_loopback(const domain::IpAddress& ip) {
  return ip.v6 ? ip == kLoopback6 : ip.bytes[0] == 127;
}

// The advertised name, else the advertised address, else the one that is bound. A port that is not given is
// the bound one: a name alone would send peers to the DNS for another (RFC 3263 §4.2).
inline std::string sent_by_of(const std::string& name, const std::optional<domain::SocketAddress>& advertise,
                              const domain::SocketAddress& local) {
  if (!name.empty()) return name.find(':') != name.npos ? name : name + ':' + std::to_string(local.port);
  auto told = advertise.value_or(local);
  if (told.port == 0) told.port = local.port;
  return told.to_string();
}

// How well a listener of the right family suits a peer; below 0: not at all. With peers of its own it is for
// those alone, the longest network first; without, for everybody, `alike` before others: a socket bound to
// the loopback cannot reach the world, nor the other way round.
inline int reach_of(const std::vector<domain::Cidr>& peers, const domain::IpAddress& peer, bool alike) {
  if (peers.empty()) return alike ? 1 : 0;
  int longest = -1;
  for (const auto& network : peers)
    if (network.contains(peer) && longest < 2 + network.length) longest = 2 + network.length;
  return longest;
}

}  // namespace warp::sip
