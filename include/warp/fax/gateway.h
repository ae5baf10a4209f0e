// Gateway: T.38 on one side, fax tones in G.711 on the other, by spandsp. One call; one thread; no socket or
// clock: audio moves time, 20 ms a block, what it hears apart from what it says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace warp::fax {

struct GatewaySettings {
  std::uint8_t version = 0;            // T38FaxVersion agreed
  std::uint32_t max_bit_rate = 14400;  // T38MaxBitRate
  std::uint16_t max_datagram = 400;    // T38FaxMaxDatagram of the peer
  bool redundancy = true;              // T38FaxUdpEC: t38UDPRedundancy; else FEC
  bool ecm = true;
};

struct GatewayCounts {
  std::uint32_t pages = 0, bit_rate = 0;  // pages: that the receiver confirmed
  bool ecm = false;                       // error correction was agreed between the terminals
  std::uint64_t malformed = 0;            // datagrams
  std::uint64_t lost = 0, repaired = 0;   // IFP packets that stayed lost; that parities brought back
  std::uint64_t overrun = 0;              // datagrams that nobody took in time
};

class Gateway {
 public:
  static std::unique_ptr<Gateway> make(const GatewaySettings& settings);  // null: no memory
  virtual ~Gateway() = default;
  // A UDPTL datagram of the T.38 side; any bytes. False: malformed, as far as it was looked at: what starts
  // or ends a signal waits for 300 ms, so that the line has something to say while the T.38 side stands that
  // long.
  virtual bool udptl(std::span<const std::byte> datagram) = 0;
  // 8000 Hz. What the audio side sends, none left out and none put in: sooner or later does no harm.
  virtual void hear(std::span<const std::int16_t> from) = 0;
  // What the audio side gets, at an even pace.
  virtual void say(std::span<std::int16_t> to) = 0;
  // What goes to the T.38 side, one datagram a call, until 0.
  virtual std::size_t take_udptl(std::span<std::byte> out) = 0;
  virtual GatewayCounts counts() const = 0;
};

}  // namespace warp::fax
