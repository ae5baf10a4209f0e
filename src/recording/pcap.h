// PCAP files of LINKTYPE_RAW (draft-ietf-opsawg-pcap): IP and UDP headers are made of where a datagram came
// from and where it came to.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "warp/base/clock.h"
#include "warp/domain/media_port.h"

namespace warp::recording {

inline constexpr std::size_t kPcapHeader = 24, kPcapRecord = 16;

std::array<std::byte, kPcapHeader> pcap_header();
// A record with its packet; empty when the datagram is longer than IP carries.
std::vector<std::byte> pcap_record(std::span<const std::byte> datagram, const domain::SocketAddress& source,
                                   const domain::SocketAddress& destination, WallTime at);
// How many octets of `records` are whole ones.
std::size_t whole_records(std::span<const std::byte> records);

}  // namespace warp::recording
