#include "warp/identity/totp.h"

#include <array>
#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "warp/http/message.h"

namespace warp::identity {
namespace {

constexpr std::size_t kSecretOctets = 20;
constexpr std::int64_t kDrift = 1;  // steps, to either side

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

std::string make_totp_secret() {
  std::string secret(kSecretOctets, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(secret.data()), static_cast<int>(secret.size())) != 1)
    throw std::runtime_error("no randomness to be had");
  return secret;
}

std::int64_t totp_step(WallTime now) {
  return std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count() / kTotpStepSeconds;
}

std::string hotp(std::string_view secret, std::uint64_t counter, int digits) {
  std::array<unsigned char, 8> message;
  for (std::size_t i = 0; i < message.size(); ++i)
    message[i] = static_cast<unsigned char>(counter >> (56 - 8 * i));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), message.data(), message.size(),
       digest.data(), &length);
  const auto at = static_cast<std::size_t>(digest[19] & 15);
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i)
    number = number << 8 | digest[at + i];
  number &= 0x7fff'ffff;
  std::string code(static_cast<std::size_t>(digits), '0');
  for (auto digit = code.rbegin(); digit != code.rend(); ++digit, number /= 10)
    *digit = static_cast<char>('0' + number % 10);
  return code;
}

std::optional<std::int64_t> matching_step(std::string_view secret, std::string_view code, WallTime now,
                                          std::int64_t last_step) {
  const auto present = totp_step(now);
  std::optional<std::int64_t> found;
  // All three are computed, so that the time says nothing about the clock of whoever asks.
  for (auto step = present - kDrift; step <= present + kDrift; ++step)
    if (step >= 0 && same(hotp(secret, static_cast<std::uint64_t>(step)), code) && step > last_step && !found)
      found = step;
  return found;
}

std::string base32(std::string_view octets) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : octets) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    held += 8;
    while (held >= 5) {
      held -= 5;
      out += kDigits[bits >> held & 31];
    }
  }
  if (held > 0) out += kDigits[bits << (5 - held) & 31];
  return out;
}

std::string otpauth_uri(std::string_view issuer, std::string_view account, std::string_view secret) {
  const auto who = http::percent_encode(issuer);
  return "otpauth://totp/" + who + ":" + http::percent_encode(account) + "?secret=" + base32(secret) +
         "&issuer=" + who + "&algorithm=SHA1&digits=6&period=30";
}

}  // namespace warp::identity
