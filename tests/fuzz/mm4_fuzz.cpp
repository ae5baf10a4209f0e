// A mail that is read can be written, or is refused for a value; what was written reads the same.
#include <string>

#include "warp/mm4/message.h"

#include "check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace warp::mm4;
  const auto octets = warp::fuzz::text_of(data, size);
  if (const auto subscriber = parse_subscriber(octets.substr(0, 100))) {
    const auto again = parse_subscriber(to_string(*subscriber));
    FUZZ_CHECK(again && again->digits == subscriber->digits);
  }
  Limits limits;
  limits.octets = 1 << 16;
  const auto message = parse(octets, limits);
  if (!message) return 0;
  FUZZ_CHECK(message->parts.size() <= limits.parts);
  const auto written = write(*message, {warp::WallTime(std::chrono::seconds(1'750'000'000)), "fuzz1"});
  if (!written) return 0;
  FUZZ_CHECK(written->find('\0') == written->npos);
  limits.octets = 1 << 20;
  const auto again = parse(*written, limits);
  if (!again) FUZZ_CHECK(again.error().code == ParseCode::TooManyParts);
  if (!again) return 0;
  FUZZ_CHECK(again->type == message->type && again->transaction_id == message->transaction_id);
  FUZZ_CHECK(again->parts.size() == message->parts.size());
  return 0;
}
