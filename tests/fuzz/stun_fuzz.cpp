// STUN: what parses has views within itself, and what is written from it parses to the same.
#include "warp/base/bytes.h"
#include "warp/stun/message.h"

#include "check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace warp;
  const auto octets = std::as_bytes(std::span(data, size));
  const auto message = stun::parse(octets);
  if (!message) return 0;
  FUZZ_CHECK(stun::is_stun(octets));
  (void)stun::is_authentic(*message, "a password");
  FUZZ_CHECK(message->unknown_types().size() <= stun::kMostUnknown);
  std::array<std::byte, stun::kMostOctets> room;
  stun::Writer writer(room, message->type, message->transaction, message->method);
  if (message->username) writer.username(*message->username);
  if (message->priority) writer.priority(*message->priority);
  if (message->controlled) writer.controlled(*message->controlled);
  if (message->controlling) writer.controlling(*message->controlling);
  if (message->xor_mapped) writer.xor_mapped(*message->xor_mapped);
  if (message->error_code) writer.error(*message->error_code, "");
  if (message->use_candidate) writer.use_candidate();
  writer.integrity("a password");
  writer.fingerprint();
  const auto written = writer.finish();
  FUZZ_CHECK(!written.empty());
  const auto again = stun::parse(written);
  FUZZ_CHECK(again && again->fingerprint && stun::is_authentic(*again, "a password"));
  FUZZ_CHECK(again->type == message->type && again->method == message->method);
  FUZZ_CHECK(again->transaction == message->transaction && again->username == message->username);
  FUZZ_CHECK(again->xor_mapped == message->xor_mapped && again->error_code == message->error_code);
  FUZZ_CHECK(again->use_candidate == message->use_candidate && again->priority == message->priority);
  return 0;
}
