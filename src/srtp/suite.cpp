#include "suite.h"

#include <array>

namespace warp::srtp {
namespace {

// A short tag shortens RTP's alone (RFC 4568 §6.2.2, RFC 6188 §3.2).
constexpr std::array<SuiteTraits, 6> kSuites{{
    {16, 10, 10, false, EVP_aes_128_ctr, EVP_aes_128_ctr},
    {16, 4, 10, false, EVP_aes_128_ctr, EVP_aes_128_ctr},
    {32, 10, 10, false, EVP_aes_256_ctr, EVP_aes_256_ctr},
    {32, 4, 10, false, EVP_aes_256_ctr, EVP_aes_256_ctr},
    {16, 16, 16, true, EVP_aes_128_gcm, EVP_aes_128_ctr},
    {32, 16, 16, true, EVP_aes_256_gcm, EVP_aes_256_ctr},
}};

}  // namespace

const SuiteTraits& traits(Suite suite) {
  return kSuites[static_cast<std::size_t>(suite)];
}

std::size_t key_octets(Suite suite) {
  return traits(suite).key_octets();
}

std::string_view to_string(Suite suite) {
  switch (suite) {
    case Suite::AesCm128Sha1_80:
      return "AES_CM_128_HMAC_SHA1_80";
    case Suite::AesCm128Sha1_32:
      return "AES_CM_128_HMAC_SHA1_32";
    case Suite::AesCm256Sha1_80:
      return "AES_256_CM_HMAC_SHA1_80";
    case Suite::AesCm256Sha1_32:
      return "AES_256_CM_HMAC_SHA1_32";
    case Suite::AeadAes128Gcm:
      return "AEAD_AES_128_GCM";
    case Suite::AeadAes256Gcm:
      return "AEAD_AES_256_GCM";
  }
  return "";
}

std::string_view to_string(Error error) {
  switch (error) {
    case Error::BadKey:
      return "bad_key";
    case Error::Malformed:
      return "malformed";
    case Error::BadTag:
      return "bad_tag";
    case Error::Replayed:
      return "replayed";
    case Error::NoRoom:
      return "no_room";
    case Error::Exhausted:
      return "exhausted";
    case Error::OutOfMemory:
      return "out_of_memory";
    case Error::TooMany:
      return "too_many";
  }
  return "";
}

}  // namespace warp::srtp
