// telephone-event: a payload parses and is written to the same; of any stream of packets events begin and end
// by turns.
#include <algorithm>

#include "warp/base/bytes.h"
#include "warp/rtp/telephone_event.h"

#include "check.h"

namespace {

void in_turns(std::span<const warp::rtp::EventChange> changes, bool& sounding) {
  for (const auto& change : changes) {
    FUZZ_CHECK(change.begins != sounding);
    sounding = change.begins;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace warp;
  ByteReader reader(std::as_bytes(std::span(data, size)));
  rtp::EventReceiver receiver(reader.u8() % 2 == 0 ? 8000 : 48000);
  bool sounding = false;
  while (reader.remaining() >= 4) {
    const auto length = reader.u8();
    const auto timestamp = reader.u24() << (length % 9);
    const auto payload = reader.bytes(std::min<std::size_t>(length % 37, reader.remaining()));
    if (const auto event = rtp::parse_telephone_event(payload)) {
      const auto again = rtp::parse_telephone_event(rtp::telephone_event_payload(*event));
      FUZZ_CHECK(again && *again == *event);
    }
    in_turns(receiver.receive(payload, timestamp), sounding);
    if (length % 3 == 0) in_turns(receiver.passed(timestamp + 5000), sounding);
    FUZZ_CHECK(receiver.sounding().has_value() == sounding);
  }
  return 0;
}
