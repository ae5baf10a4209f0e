// Any octets are taken as an answer to each type of question, or refused; what is taken holds names that may
// be asked for, no more records than the cap, and nothing of another type.
#include <array>

#include "warp/net/dns_answer.h"

#include "check.h"

namespace {

using namespace warp::net::dns;

void check(const Answer& answer, RecordType wanted) {
  const bool addresses = wanted == RecordType::A || wanted == RecordType::Aaaa;
  FUZZ_CHECK(addresses || answer.addresses.empty());
  FUZZ_CHECK(wanted == RecordType::Srv || answer.services.empty());
  FUZZ_CHECK(wanted == RecordType::Naptr || answer.pointers.empty());
  const auto count = answer.addresses.size() + answer.services.size() + answer.pointers.size();
  FUZZ_CHECK(count <= kMostRecords);
  FUZZ_CHECK((count > 0) == (answer.outcome == Outcome::Found));
  FUZZ_CHECK(answer.ttl.count() >= 0 && answer.ttl.count() <= 0x7fffffff);
  for (const auto& ip : answer.addresses)
    FUZZ_CHECK(!ip.v6 || wanted == RecordType::Aaaa);
  for (const auto& service : answer.services)
    FUZZ_CHECK(service.target.empty() || is_name(service.target));
  for (const auto& pointer : answer.pointers)
    FUZZ_CHECK(pointer.replacement.empty() || is_name(pointer.replacement));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  for (const auto type : {RecordType::A, RecordType::Aaaa, RecordType::Srv, RecordType::Naptr})
    if (const auto answer = parse_answer(bytes, type)) check(*answer, type);
  return 0;
}
