// HEP packets: what decodes is encoded, and decodes to the same.
#include <string>

#include "warp/base/bytes.h"
#include "warp/hep/packet.h"

#include "check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace warp;
  const auto packet = hep::decode(std::as_bytes(std::span(data, size)));
  if (!packet) return 0;
  std::string out;
  if (!hep::encode(*packet, out)) {
    FUZZ_CHECK(packet->payload.size() + 1024 > hep::kMostOfDatagram);
    return 0;
  }
  const auto again = hep::decode(as_bytes(out));
  FUZZ_CHECK(again && *again == *packet);
  return 0;
}
