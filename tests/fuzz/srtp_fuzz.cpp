// Bytes into unprotect(): the first octet says which suite, and whether it is RTCP. Nothing is authentic that
// was not protected, and a session that saw it takes the next good packet.
#include <array>
#include <vector>

#include "warp/base/bytes.h"
#include "warp/srtp/session.h"

#include "check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace warp;
  if (size == 0) return 0;
  constexpr std::array kSuites{srtp::Suite::AesCm128Sha1_80, srtp::Suite::AesCm256Sha1_80,
                               srtp::Suite::AeadAes128Gcm, srtp::Suite::AeadAes256Gcm};
  const auto suite = kSuites[data[0] / 2 % kSuites.size()];
  const std::vector<std::byte> key(srtp::key_octets(suite), std::byte{0x42});
  auto receive = srtp::Session::make(suite, key, srtp::Direction::Receive);
  auto send = srtp::Session::make(suite, key, srtp::Direction::Send);
  FUZZ_CHECK(receive && send);
  const auto octets = std::as_bytes(std::span(data + 1, size - 1));
  std::vector<std::byte> packet(octets.begin(), octets.end());
  const auto got = data[0] % 2 ? (*receive)->unprotect_rtcp(packet) : (*receive)->unprotect(packet);
  FUZZ_CHECK(!got);
  // The same octets as something to be protected.
  packet.assign(octets.begin(), octets.end());
  packet.resize(octets.size() + srtp::kOverhead);
  const auto grown =
      data[0] % 2 ? (*send)->protect_rtcp(packet, octets.size()) : (*send)->protect(packet, octets.size());
  if (!grown) return 0;
  FUZZ_CHECK(*grown > octets.size() && *grown <= packet.size());
  packet.resize(*grown);
  const auto back = data[0] % 2 ? (*receive)->unprotect_rtcp(packet) : (*receive)->unprotect(packet);
  FUZZ_CHECK(back && *back == octets.size());
  FUZZ_CHECK(std::equal(octets.begin(), octets.end(), packet.begin()));
  return 0;
}
