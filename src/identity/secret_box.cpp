#include "warp/identity/secret_box.h"

#include <array>
#include <memory>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "octets.h"

namespace warp::identity {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kNonce = 12, kTag = 16, kSealHead = 1 + kNonce;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

unsigned char* room_of(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}
int size_of(std::string_view text) {
  return static_cast<int>(text.size());
}

}  // namespace

std::string derived_key(std::string_view key, std::string_view purpose) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), size_of(key), octets_of(purpose), purpose.size(), digest.data(), &length);
  return {reinterpret_cast<const char*>(digest.data()), length};
}

SecretBox::SecretBox(std::string_view key) : key_(derived_key(key, "warp.identity.box")) {}

std::string SecretBox::seal(std::string_view octets, std::string_view context) const {
  std::string out(kSealHead + octets.size() + kTag, kVersion);
  if (RAND_bytes(room_of(out) + 1, kNonce) != 1) throw std::runtime_error("no randomness to be had");
  const CipherContext cipher(EVP_CIPHER_CTX_new());
  auto* at = room_of(out);
  int done = 0;
  const bool sealed =
      cipher &&
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, octets_of(std::string_view(key_)),
                         at + 1) == 1 &&
      EVP_EncryptUpdate(cipher.get(), nullptr, &done, octets_of(context), size_of(context)) == 1 &&
      EVP_EncryptUpdate(cipher.get(), at + kSealHead, &done, octets_of(octets), size_of(octets)) == 1 &&
      EVP_EncryptFinal_ex(cipher.get(), at + kSealHead + octets.size(), &done) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, kTag, at + kSealHead + octets.size()) == 1;
  if (!sealed) throw std::runtime_error("AES-256-GCM failed");
  return out;
}

std::optional<std::string> SecretBox::open(std::string_view sealed, std::string_view context) const {
  if (sealed.size() < kSealHead + kTag || sealed.front() != kVersion) return std::nullopt;
  const auto length = sealed.size() - kSealHead - kTag;
  std::string out(length, '\0');
  std::string tag(sealed.substr(kSealHead + length));
  const CipherContext cipher(EVP_CIPHER_CTX_new());
  const auto* at = octets_of(sealed);
  int done = 0;
  const bool opened =
      cipher &&
      EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, octets_of(std::string_view(key_)),
                         at + 1) == 1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &done, octets_of(context), size_of(context)) == 1 &&
      EVP_DecryptUpdate(cipher.get(), room_of(out), &done, at + kSealHead, static_cast<int>(length)) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, kTag, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), room_of(out) + length, &done) == 1;
  if (!opened) return std::nullopt;
  return out;
}

}  // namespace warp::identity
