#include "warp/http/signed_token.h"

#include <array>
#include <chrono>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace warp::http {
namespace {

constexpr std::size_t kTime = 8, kMac = 32;
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode(std::string_view octets) {
  std::string out;
  unsigned bits = 0, count = 0;
  for (const char c : octets) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (count += 8; count >= 6; count -= 6)
      out += kAlphabet[bits >> (count - 6) & 63];
  }
  if (count > 0) out += kAlphabet[bits << (6 - count) & 63];
  return out;
}

std::optional<std::string> decode(std::string_view text) {
  std::string out;
  unsigned bits = 0, count = 0;
  for (const char c : text) {
    const auto value = kAlphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<unsigned>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xFF);
  }
  // One spelling a token: what is left over must be nothing.
  if (count >= 6 || (bits & ((1u << count) - 1)) != 0) return std::nullopt;
  return out;
}

std::string sign(std::string_view octets, std::string_view key) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(octets.data()), octets.size(), digest.data(), &length);
  return std::string(reinterpret_cast<const char*>(digest.data()), length);
}

std::int64_t seconds_of(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

}  // namespace

std::string make_token(std::string_view octets, WallTime expires, std::string_view key) {
  std::string signed_part;
  const auto until = static_cast<std::uint64_t>(seconds_of(expires));
  for (int shift = 56; shift >= 0; shift -= 8)
    signed_part += static_cast<char>(until >> shift & 0xFF);
  signed_part += octets;
  return encode(signed_part + sign(signed_part, key));
}

std::optional<std::string> open_token(std::string_view token, WallTime now, std::string_view key) {
  if (key.empty() || token.size() > 1024) return std::nullopt;
  const auto octets = decode(token);
  if (!octets || octets->size() < kTime + kMac) return std::nullopt;
  const auto signed_part = std::string_view(*octets).substr(0, octets->size() - kMac);
  const auto mac = sign(signed_part, key);
  if (mac.size() != kMac || CRYPTO_memcmp(mac.data(), octets->data() + signed_part.size(), kMac) != 0)
    return std::nullopt;
  std::uint64_t until = 0;
  for (std::size_t i = 0; i < kTime; ++i)
    until = until << 8 | static_cast<unsigned char>(signed_part[i]);
  if (static_cast<std::int64_t>(until) <= seconds_of(now)) return std::nullopt;
  return std::string(signed_part.substr(kTime));
}

}  // namespace warp::http
