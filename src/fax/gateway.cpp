#include "warp/fax/gateway.h"

#include <algorithm>
#include <array>
#include <new>
#include <variant>

#include "warp/fax/udptl.h"

#include "packet_ring.h"
#include "reserve.h"
#include "spandsp.h"

namespace warp::fax {
namespace {

constexpr std::size_t kBlock = 160;
constexpr std::uint8_t kNewestVersion = 3;
// Peers state 72, and mean the image data of a packet (40 ms at 14400 bit/s); what they send is longer too.
constexpr std::size_t kLeastDatagram = 200;
constexpr int kRepeatsMask = 0xff;  // of what spandsp asks for; redundancy is UDPTL's here
constexpr unsigned kMostRepeats = 4;

int modems_up_to(std::uint32_t bit_rate) {
  if (bit_rate > 9600) return T30_SUPPORT_V27TER | T30_SUPPORT_V29 | T30_SUPPORT_V17;
  if (bit_rate > 4800) return T30_SUPPORT_V27TER | T30_SUPPORT_V29;
  return T30_SUPPORT_V27TER;
}

struct GatewayFree {
  void operator()(t38_gateway_state_t* state) const { t38_gateway_free(state); }
};

class SpandspGateway final : public Gateway {
 public:
  explicit SpandspGateway(const GatewaySettings& settings)
      : sender_(settings.redundancy,
                std::clamp<std::size_t>(settings.max_datagram, kLeastDatagram, kMostUdptlOctets)),
        state_(t38_gateway_init(nullptr, &SpandspGateway::send, this)) {
    if (!state_) return;
    core_ = t38_gateway_get_t38_core_state(state_.get());
    t38_set_t38_version(core_, std::min(settings.version, kNewestVersion));
    t38_set_data_rate_management_method(core_, T38_DATA_RATE_MANAGEMENT_TRANSFERRED_TCF);
    t38_set_data_transport_protocol(core_, T38_TRANSPORT_UDPTL);
    t38_set_fastest_image_data_rate(core_, static_cast<int>(std::min(settings.max_bit_rate, 14400U)));
    t38_gateway_set_supported_modems(state_.get(), modems_up_to(settings.max_bit_rate));
    t38_gateway_set_ecm_capability(state_.get(), settings.ecm ? TRUE : FALSE);
    t38_gateway_set_transmit_on_idle(state_.get(), TRUE);
  }

  bool made() const { return state_ != nullptr; }

  bool udptl(std::span<const std::byte> datagram) override {
    const auto received = receiver_.receive(datagram);
    if (!received) return ++counts_.malformed, false;
    bool well = true;
    for (const auto& delivery : *received) {
      counts_.lost += delivery.missed;
      counts_.repaired += delivery.repaired ? 1 : 0;
      // Its own count, so that a sender's new start or a leap is a gap and never "late" to spandsp.
      sequence_ = static_cast<std::uint16_t>(sequence_ + std::min<unsigned>(delivery.missed, kMostTold));
      reserve_.take(delivery.ifp, sequence_++, [&](std::span<const std::byte> ifp, std::uint16_t sequence) {
        if (!play(ifp, sequence) && !delivery.repaired) well = false;
      });
    }
    counts_.malformed += well ? 0 : 1;
    return well;
  }

  void hear(std::span<const std::int16_t> from) override {
    for (std::size_t done = 0; done < from.size(); done += kBlock) {
      const auto part = from.subspan(done, std::min(kBlock, from.size() - done));
      std::array<std::int16_t, kBlock> block;  // the modems alter what they hear
      std::copy(part.begin(), part.end(), block.begin());
      t38_gateway_rx(state_.get(), block.data(), static_cast<int>(part.size()));
    }
  }

  void say(std::span<std::int16_t> to) override {
    reserve_.tick([&](std::span<const std::byte> ifp, std::uint16_t sequence) {
      counts_.malformed += play(ifp, sequence) ? 0 : 1;
    });
    const int made = t38_gateway_tx(state_.get(), to.data(), static_cast<int>(to.size()));
    std::fill(to.begin() + std::max(made, 0), to.end(), std::int16_t{0});
  }

  std::size_t take_udptl(std::span<std::byte> out) override {
    while (const auto datagram = queue_.pop()) {
      if (datagram->octets.size() > out.size()) continue;
      std::copy(datagram->octets.begin(), datagram->octets.end(), out.begin());
      return datagram->octets.size();
    }
    return 0;
  }

  GatewayCounts counts() const override {
    t38_stats_t statistics{};
    t38_gateway_get_transfer_statistics(state_.get(), &statistics);
    auto counts = counts_;
    counts.pages = static_cast<std::uint32_t>(std::max(statistics.pages_transferred, 0));
    counts.bit_rate = static_cast<std::uint32_t>(std::max(statistics.bit_rate, 0));
    counts.ecm = statistics.error_correcting_mode != FALSE;
    return counts;
  }

 private:
  static constexpr unsigned kMostTold = 100;
  // A tick makes a few packets, the end of a frame three times over.
  static constexpr std::size_t kMostWaiting = 32;

  bool play(std::span<const std::byte> ifp, std::uint16_t sequence) {
    return t38_core_rx_ifp_packet(core_, reinterpret_cast<const std::uint8_t*>(ifp.data()),
                                  static_cast<int>(ifp.size()), sequence) >= 0;
  }

  static int send(t38_core_state_t*, void* self, const std::uint8_t* octets, int size, int repeats) {
    static_cast<SpandspGateway*>(self)->pack(
        std::as_bytes(std::span(octets, static_cast<std::size_t>(std::max(size, 0)))),
        static_cast<unsigned>(repeats & kRepeatsMask));
    return 0;
  }

  void pack(std::span<const std::byte> ifp, unsigned repeats) {
    std::array<std::byte, kMostUdptlOctets> datagram;
    const auto size = sender_.pack(ifp, datagram);
    for (unsigned i = 0; size > 0 && i < std::min(repeats, kMostRepeats); ++i)
      counts_.overrun += queue_.push({}, std::span(datagram).first(size)) ? 0 : 1;
  }

  GatewayCounts counts_;
  UdptlSender sender_;
  UdptlReceiver receiver_;
  Reserve reserve_;
  PacketRing<std::monostate, kMostWaiting, kMostUdptlOctets> queue_;  // for take_udptl()
  std::uint16_t sequence_ = 0;
  std::unique_ptr<t38_gateway_state_t, GatewayFree> state_;
  t38_core_state_t* core_ = nullptr;
};

}  // namespace

std::unique_ptr<Gateway> Gateway::make(const GatewaySettings& settings) {
  std::unique_ptr<SpandspGateway> gateway(new (std::nothrow) SpandspGateway(settings));
  if (!gateway || !gateway->made()) return nullptr;
  return gateway;
}

}  // namespace warp::fax
