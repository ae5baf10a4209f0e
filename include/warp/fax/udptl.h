// UDPTL: IFP packets of T.38 in datagrams, each with what is needed when earlier ones were lost: copies of
// them or parities over them (ITU-T T.38 §9.1, ASN.1 of Annex A in aligned PER).
//
// Sans-I/O; one stream, one thread; no allocation. Datagrams may be any bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "warp/base/result.h"

namespace warp::fax {

inline constexpr std::size_t kMostIfpOctets = 1024;
inline constexpr std::size_t kMostUdptlOctets = 1400;  // that we send
inline constexpr std::size_t kMostEntries = 16;        // copies or parities of one datagram that are used

enum class UdptlError : std::uint8_t { Truncated, Fragmented, TooLong, BadParity };
std::string_view to_string(UdptlError error);

struct UdptlDatagram {
  std::uint16_t sequence = 0;
  std::span<const std::byte> primary;  // empty: a sign of life, without an IFP packet
  bool parity = false;                 // what `recovery` holds
  std::uint8_t span = 0;               // how many packets are in each parity
  std::uint8_t entries = 0;            // of `recovery`
  // Copies: the packets sequence - 1, - 2, … Parities: number m is the XOR of sequence + m - k × entries for
  // k = 1…span, shorter ones filled up with zeros.
  std::array<std::span<const std::byte>, kMostEntries> recovery{};
};

// Views into `octets`. Copies beyond kMostEntries are checked and left out; so many parities are an error.
Result<UdptlDatagram, UdptlError> decode(std::span<const std::byte> octets);
// Octets written; 0: `out` is too small, or a packet longer than kMostIfpOctets.
std::size_t encode(const UdptlDatagram& datagram, std::span<std::byte> out);

class UdptlSender {
 public:
  // Copies (T38FaxUdpEC: t38UDPRedundancy) or parities; as many as `most_octets` leave room for.
  explicit UdptlSender(bool redundancy = true, std::size_t most_octets = kMostUdptlOctets);
  // The next datagram. 0: `ifp` or `out` has a length that cannot be; no sequence number is used up.
  std::size_t pack(std::span<const std::byte> ifp, std::span<std::byte> out);

  static constexpr unsigned kDepth = 3;  // copies; parities, and packets in each

 private:
  struct Sent {
    std::uint16_t size = 0;
    std::array<std::byte, kMostIfpOctets> octets;
  };
  static constexpr std::size_t kHistory = 16;
  std::span<const std::byte> earlier(unsigned back) const;
  void add_parities(UdptlDatagram& datagram);

  bool redundancy_;
  std::size_t most_octets_;
  std::uint32_t sent_ = 0;
  std::array<Sent, kHistory> history_;
  std::array<std::array<std::byte, kMostIfpOctets>, kDepth> parities_;
};

class UdptlReceiver {
 public:
  struct Delivery {
    std::span<const std::byte> ifp;
    std::uint16_t missed = 0;  // packets right before it that nothing brought back
    bool repaired = false;     // out of a parity: zeros may follow the packet
  };
  // The packets that are new, in order; views into `octets` and into the receiver until the next call. What
  // comes late or twice brings nothing. A sender that starts its count anew is followed from its kFollow-th
  // packet in sequence on.
  Result<std::span<const Delivery>, UdptlError> receive(std::span<const std::byte> octets);

  static constexpr unsigned kFollow = 4;
  static constexpr int kMostGap = 1000;

 private:
  struct Received {
    bool there = false;
    std::uint16_t sequence = 0, size = 0;
    std::array<std::byte, kMostIfpOctets> octets;
  };
  static constexpr std::size_t kHistory = 32;
  bool in_turn(const UdptlDatagram& datagram);
  void keep(std::uint16_t sequence, std::span<const std::byte> ifp);
  Received* kept(std::uint16_t sequence);
  void repair(const UdptlDatagram& datagram);
  void repair_one(const UdptlDatagram& datagram, unsigned number);
  void deliver(std::span<const std::byte> ifp, std::uint16_t sequence, bool repaired);

  bool started_ = false;
  std::uint16_t expected_ = 0;
  std::uint16_t missed_ = 0;  // not yet told
  std::uint16_t stray_ = 0;   // what would be the next of a new count
  unsigned strays_ = 0;       // of it, in sequence
  std::array<Received, kHistory> history_;
  std::array<Delivery, kHistory + 1> deliveries_;
  std::size_t delivered_ = 0;
};

}  // namespace warp::fax
