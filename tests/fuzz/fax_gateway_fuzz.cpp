// The gateway, and spandsp below it: any datagrams, each followed by 20 ms of audio, neither crash it nor
// make it send what does not decode.
#include <algorithm>
#include <array>

#include "warp/base/bytes.h"
#include "warp/fax/gateway.h"
#include "warp/fax/udptl.h"

#include "check.h"

// The input is T38FaxVersion and ECM in an octet, then datagrams, each behind its length in two octets.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace warp;
  ByteReader reader(std::as_bytes(std::span(data, size)));
  const auto mode = reader.u8();
  fax::GatewaySettings settings;
  settings.version = mode & 0x03;
  settings.ecm = (mode & 0x04) == 0;
  settings.redundancy = (mode & 0x08) == 0;
  const auto gateway = fax::Gateway::make(settings);
  FUZZ_CHECK(gateway);
  while (reader.remaining() > 2) {
    gateway->udptl(reader.bytes(std::min<std::size_t>(reader.u16(), reader.remaining())));
    std::array<std::int16_t, 160> from{}, to;
    gateway->hear(from);
    gateway->say(to);
    std::array<std::byte, fax::kMostUdptlOctets> out;
    while (const auto length = gateway->take_udptl(out))
      FUZZ_CHECK(fax::decode(std::span(out).first(length)));
  }
  return 0;
}
