// What parses, writes, and parses to the same; nothing that parses is longer than the limits say.
#include <algorithm>
#include <string>

#include "warp/sip/auth/challenge.h"

#include "check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace warp::sip;
  const auto text = warp::fuzz::text_of(data, size);
  if (const auto challenge = parse_challenge(text)) {
    FUZZ_CHECK(challenge->realm.size() <= kLongestDigestValue);
    FUZZ_CHECK(challenge->nonce.size() <= kLongestDigestValue);
    const auto again = parse_challenge(write(*challenge));
    FUZZ_CHECK(again.has_value());
    FUZZ_CHECK(*again == *challenge);
  }
  if (const auto credentials = parse_credentials(text)) {
    FUZZ_CHECK(credentials->username.size() <= kLongestDigestValue);
    FUZZ_CHECK(credentials->nc.empty() || credentials->nc.size() == 8);
    const std::string written = write(*credentials);
    FUZZ_CHECK(std::none_of(written.begin(), written.end(),
                            [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
    const auto again = parse_credentials(written);
    FUZZ_CHECK(again.has_value());
    FUZZ_CHECK(*again == *credentials);
  }
  return 0;
}
