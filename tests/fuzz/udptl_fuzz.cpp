// UDPTL: what decodes is encoded, and decodes to the same; a receiver that gets any datagrams delivers what
// is in bounds and never an empty packet.
#include <algorithm>
#include <array>
#include <memory>

#include "warp/base/bytes.h"
#include "warp/fax/udptl.h"

#include "check.h"

namespace {

using namespace warp;

void check_same(const fax::UdptlDatagram& a, const fax::UdptlDatagram& b) {
  FUZZ_CHECK(a.sequence == b.sequence && a.parity == b.parity && a.span == b.span && a.entries == b.entries);
  FUZZ_CHECK(std::ranges::equal(a.primary, b.primary));
  for (std::size_t i = 0; i < a.entries; ++i)
    FUZZ_CHECK(std::ranges::equal(a.recovery[i], b.recovery[i]));
}

}  // namespace

// The input is datagrams, each behind its length in two octets.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto receiver = std::make_unique<fax::UdptlReceiver>();
  ByteReader reader(std::as_bytes(std::span(data, size)));
  while (reader.remaining() > 2) {
    const auto wire = reader.bytes(std::min<std::size_t>(reader.u16(), reader.remaining()));
    if (const auto datagram = fax::decode(wire)) {
      std::array<std::byte, (fax::kMostEntries + 1) * (fax::kMostIfpOctets + 2) + 8> out;
      const auto length = fax::encode(*datagram, out);
      FUZZ_CHECK(length > 0);
      const auto again = fax::decode(std::span(out).first(length));
      FUZZ_CHECK(again);
      check_same(*datagram, *again);
    }
    if (const auto deliveries = receiver->receive(wire))
      for (const auto& delivery : *deliveries)
        FUZZ_CHECK(!delivery.ifp.empty() && delivery.ifp.size() <= fax::kMostIfpOctets);
  }
  return 0;
}
