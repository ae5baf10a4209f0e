// Values of a=crypto, a=fingerprint, a=setup and a=candidate: what parses, writes, and parses to the same.
#include "warp/sdp/crypto.h"
#include "warp/sdp/dtls.h"
#include "warp/sdp/ice.h"

#include "check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace warp::sdp;
  const auto text = warp::fuzz::text_of(data, size);
  if (const auto crypto = parse_crypto(text)) {
    const auto again = parse_crypto(write_crypto(*crypto));
    FUZZ_CHECK(again && *again == *crypto);
    FUZZ_CHECK(crypto->key_size == key_octets_of(crypto->suite));
  }
  if (const auto fingerprint = parse_fingerprint(text))
    FUZZ_CHECK(parse_fingerprint(write_fingerprint(*fingerprint)) == fingerprint);
  if (const auto setup = parse_setup(text)) FUZZ_CHECK(parse_setup(to_string(*setup)) == setup);
  if (const auto candidate = parse_candidate(text)) {
    const auto written = write_candidate(*candidate);
    FUZZ_CHECK(written.find_first_of("\r\n") == written.npos);
    FUZZ_CHECK(parse_candidate(written) == candidate);
  }
  (void)is_ice_ufrag(text);
  (void)is_ice_password(text);
  return 0;
}
