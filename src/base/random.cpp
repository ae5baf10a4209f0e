#include "warp/base/random.h"

#include <memory>
#include <stdexcept>
#include <sys/random.h>
#include <utility>

#include <openssl/evp.h>

#include "warp/base/draw.h"

namespace warp {

Uuid IdSource::uuid7(WallTime now) {
  const auto milliseconds = static_cast<std::uint64_t>(
      std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count());
  const std::uint64_t high = milliseconds << 16 | 0x7000 | (next64() & 0x0FFF);
  const std::uint64_t low = 0x8000000000000000ull | (next64() & 0x3FFFFFFFFFFFFFFFull);
  Uuid id;
  for (unsigned i = 0; i < 8; ++i) {
    id.bytes[i] = static_cast<std::uint8_t>(high >> (56 - 8 * i));
    id.bytes[8 + i] = static_cast<std::uint8_t>(low >> (56 - 8 * i));
  }
  return id;
}

std::string IdSource::hex(unsigned digits) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text(digits, '0');
  std::uint64_t bits = next64();
  for (auto& c : text) {
    c = kDigits[bits & 15];
    bits >>= 4;
  }
  return text;
}

SecureIdSource::SecureIdSource() = default;

std::uint64_t SecureIdSource::next64() {
  if (used_ == pool_.size()) refill();
  return std::exchange(pool_[used_++], 0);
}

void SecureIdSource::refill() {
  std::array<unsigned char, 48> seed{};  // 32 bytes of key, 16 of counter and nonce
  if (getrandom(seed.data(), seed.size(), 0) != static_cast<ssize_t>(seed.size()))
    throw std::runtime_error("getrandom failed: the kernel gives no randomness");
  const std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)> context(EVP_CIPHER_CTX_new(),
                                                                           EVP_CIPHER_CTX_free);
  pool_.fill(0);
  auto* bytes = reinterpret_cast<unsigned char*>(pool_.data());
  int written = 0;
  if (!context ||
      EVP_EncryptInit_ex(context.get(), EVP_chacha20(), nullptr, seed.data(), seed.data() + 32) != 1 ||
      EVP_EncryptUpdate(context.get(), bytes, &written, bytes, static_cast<int>(sizeof pool_)) != 1)
    throw std::runtime_error("ChaCha20 is not available in this OpenSSL");
  used_ = 0;
}

std::uint64_t SeededIdSource::next64() {
  return split_mix(state_);
}

}  // namespace warp
