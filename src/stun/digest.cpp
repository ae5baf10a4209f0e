#include <array>
#include <memory>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "attributes.h"

namespace warp::stun {
namespace {

constexpr std::uint32_t kFingerprintMask = 0x5354554e;
constexpr std::size_t kHmacBlock = 64;

constexpr auto kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    auto value = i;
    for (int bit = 0; bit < 8; ++bit)
      value = value & 1u ? value >> 1 ^ 0xedb88320u : value >> 1;
    table[i] = value;
  }
  return table;
}();

// One context a thread: checks come in floods, and each would make two.
EVP_MD_CTX* digest_context() {
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                                     EVP_MD_CTX_free);
  return context.get();
}

using HmacPad = std::array<unsigned char, kHmacBlock>;

bool hash_padded(const HmacPad& pad, std::initializer_list<std::span<const std::byte>> parts,
                 unsigned char* out) {
  auto* context = digest_context();
  if (!context || EVP_DigestInit_ex(context, EVP_sha1(), nullptr) != 1 ||
      EVP_DigestUpdate(context, pad.data(), pad.size()) != 1)
    return false;
  for (const auto part : parts)
    if (EVP_DigestUpdate(context, part.data(), part.size()) != 1) return false;
  return EVP_DigestFinal_ex(context, out, nullptr) == 1;
}

}  // namespace

bool integrity_of(std::span<const std::byte> covered, std::uint16_t length, std::string_view password,
                  std::span<std::byte, kIntegrityOctets> out) {
  if (covered.size() < 4) return false;
  HmacPad key{}, inner, outer;
  if (password.size() > kHmacBlock) {
    if (EVP_Digest(password.data(), password.size(), key.data(), nullptr, EVP_sha1(), nullptr) != 1)
      return false;
  } else {
    for (std::size_t i = 0; i < password.size(); ++i)
      key[i] = static_cast<unsigned char>(password[i]);
  }
  for (std::size_t i = 0; i < kHmacBlock; ++i) {
    inner[i] = key[i] ^ 0x36u;
    outer[i] = key[i] ^ 0x5cu;
  }
  const std::array head{covered[0], covered[1], static_cast<std::byte>(length >> 8),
                        static_cast<std::byte>(length & 0xff)};
  std::array<unsigned char, kIntegrityOctets> first{};
  return hash_padded(inner, {head, covered.subspan(4)}, first.data()) &&
         hash_padded(outer, {std::as_bytes(std::span(first))}, reinterpret_cast<unsigned char*>(out.data()));
}

std::uint32_t fingerprint_of(std::span<const std::byte> covered) {
  std::uint32_t crc = 0xffffffffu;
  for (const auto octet : covered)
    crc = kCrcTable[(crc ^ std::to_integer<std::uint32_t>(octet)) & 0xffu] ^ crc >> 8;
  return ~crc ^ kFingerprintMask;
}

}  // namespace warp::stun
