#include "profile.h"

#include <array>

#include "warp/base/text.h"

namespace warp::media {
namespace {

struct SuiteNames {
  domain::SrtpSuite terms;
  srtp::Suite codec;
  unsigned long profile;  // 0: DTLS has none
};
constexpr std::array<SuiteNames, 6> kSuiteNames{{
    {domain::SrtpSuite::AesCm128Sha1_80, srtp::Suite::AesCm128Sha1_80, 0x0001},
    {domain::SrtpSuite::AesCm128Sha1_32, srtp::Suite::AesCm128Sha1_32, 0x0002},
    {domain::SrtpSuite::AesCm256Sha1_80, srtp::Suite::AesCm256Sha1_80, 0},
    {domain::SrtpSuite::AesCm256Sha1_32, srtp::Suite::AesCm256Sha1_32, 0},
    {domain::SrtpSuite::AeadAes128Gcm, srtp::Suite::AeadAes128Gcm, 0x0007},
    {domain::SrtpSuite::AeadAes256Gcm, srtp::Suite::AeadAes256Gcm, 0x0008},
}};

}  // namespace

std::optional<srtp::Suite> suite_of(domain::SrtpSuite suite) {
  for (const auto& names : kSuiteNames)
    if (names.terms == suite) return names.codec;
  return std::nullopt;
}

domain::SrtpSuite suite_of(srtp::Suite suite) {
  for (const auto& names : kSuiteNames)
    if (names.codec == suite) return names.terms;
  return domain::SrtpSuite::None;
}

std::string_view sdp_name(domain::SrtpSuite suite) {
  const auto codec = suite_of(suite);
  return codec ? to_string(*codec) : std::string_view();
}

domain::SrtpSuite suite_by_sdp_name(std::string_view name) {
  for (const auto& names : kSuiteNames)
    if (iequals(to_string(names.codec), name)) return names.terms;
  return domain::SrtpSuite::None;
}

domain::SrtpSuite suite_by_profile(unsigned long profile) {
  for (const auto& names : kSuiteNames)
    if (profile != 0 && names.profile == profile) return names.terms;
  return domain::SrtpSuite::None;
}

std::size_t salt_octets(domain::SrtpSuite suite) {
  constexpr std::size_t kCounterSalt = 14, kAeadSalt = 12;
  const bool aead = suite == domain::SrtpSuite::AeadAes128Gcm || suite == domain::SrtpSuite::AeadAes256Gcm;
  return suite == domain::SrtpSuite::None ? 0 : aead ? kAeadSalt : kCounterSalt;
}

std::size_t material_octets(domain::SrtpSuite suite) {
  const auto codec = suite_of(suite);
  return codec ? srtp::key_octets(*codec) : 0;
}

}  // namespace warp::media
