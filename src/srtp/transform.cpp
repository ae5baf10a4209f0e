#include "transform.h"

#include <algorithm>
#include <array>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

#include "warp/base/bytes.h"

namespace warp::srtp {
namespace {

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
struct FreeMac {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using CipherPtr = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;
using MacPtr = std::unique_ptr<EVP_MAC_CTX, FreeMac>;

const unsigned char* octets(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* room(std::span<std::byte> bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

CipherPtr make_cipher(const EVP_CIPHER* cipher, std::span<const std::byte> key, bool encrypts) {
  CipherPtr context(EVP_CIPHER_CTX_new());
  if (context == nullptr ||
      EVP_CipherInit_ex(context.get(), cipher, nullptr, octets(key), nullptr, encrypts ? 1 : 0) != 1)
    return nullptr;
  return context;
}

bool update(EVP_CIPHER_CTX* context, std::span<std::byte> data) {
  int size = 0;
  return data.empty() ||
         EVP_CipherUpdate(context, room(data), &size, octets(data), static_cast<int>(data.size())) == 1;
}

using CounterBlock = std::array<std::byte, 16>;

// RFC 3711 §4.1.1: salt, SSRC and index, each where it belongs.
CounterBlock counter_block(std::span<const std::byte> salt, PacketPlace place) {
  CounterBlock block{};
  ByteWriter writer(block);
  writer.u32(0);
  writer.u32(place.ssrc);
  writer.u64(place.index << 16);
  for (std::size_t i = 0; i < salt.size(); ++i)
    block[i] ^= salt[i];
  return block;
}

// The session keys of a master key (RFC 3711 §4.3), which all its streams share: the derivation rate is zero.
class Derivation {
 public:
  Derivation(const SuiteTraits& traits, std::span<const std::byte> key)
      : salt_(key.subspan(traits.cipher_key)),
        counter_(make_cipher(traits.counter(), key.first(traits.cipher_key), true)) {}

  bool operator()(unsigned label, std::span<std::byte> out) {
    std::fill(out.begin(), out.end(), std::byte{0});
    CounterBlock block{};
    std::copy(salt_.begin(), salt_.end(), block.begin());
    block[7] ^= static_cast<std::byte>(label);
    return counter_ != nullptr &&
           EVP_CipherInit_ex(counter_.get(), nullptr, nullptr, nullptr, octets(block), -1) == 1 &&
           update(counter_.get(), out);
  }

 private:
  std::span<const std::byte> salt_;
  CipherPtr counter_;
};

// Keys of one kind of packet; wiped when they are in their contexts.
struct SessionKeys {
  std::array<std::byte, kMostKey> cipher{};
  std::array<std::byte, kMacKey> mac{};
  std::array<std::byte, kCounterSalt> salt{};
  ~SessionKeys() {
    OPENSSL_cleanse(cipher.data(), cipher.size());
    OPENSSL_cleanse(mac.data(), mac.size());
    OPENSSL_cleanse(salt.data(), salt.size());
  }
};

class CounterTransform final : public Transform {
 public:
  CounterTransform(const SuiteTraits& traits, const SessionKeys& keys)
      : cipher_(make_cipher(traits.cipher(), std::span(keys.cipher).first(traits.cipher_key), true)),
        mac_(make_mac(keys.mac)),
        salt_(keys.salt) {}
  ~CounterTransform() override { OPENSSL_cleanse(salt_.data(), salt_.size()); }
  CounterTransform(const CounterTransform&) = delete;
  CounterTransform& operator=(const CounterTransform&) = delete;
  bool made() const { return cipher_ != nullptr && mac_ != nullptr; }

  bool seal(PacketPlace place, std::span<std::byte> packet, std::size_t clear,
            std::span<const std::byte> apart, std::span<std::byte> tag) override {
    return crypt(place, packet.subspan(clear)) && authenticate(packet, apart) &&
           (std::copy_n(computed_.begin(), tag.size(), tag.begin()), true);
  }
  bool open(PacketPlace place, std::span<std::byte> packet, std::size_t clear,
            std::span<const std::byte> apart, std::span<const std::byte> tag) override {
    return authenticate(packet, apart) && CRYPTO_memcmp(computed_.data(), tag.data(), tag.size()) == 0 &&
           crypt(place, packet.subspan(clear));
  }

 private:
  static MacPtr make_mac(std::span<const std::byte> key) {
    static EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    MacPtr context(hmac != nullptr ? EVP_MAC_CTX_new(hmac) : nullptr);
    std::array<char, 5> digest{"SHA1"};
    const std::array<OSSL_PARAM, 2> parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_end()};
    if (context == nullptr || EVP_MAC_init(context.get(), octets(key), key.size(), parameters.data()) != 1)
      return nullptr;
    return context;
  }
  bool crypt(PacketPlace place, std::span<std::byte> data) {
    const auto block = counter_block(salt_, place);
    return EVP_CipherInit_ex(cipher_.get(), nullptr, nullptr, nullptr, octets(block), -1) == 1 &&
           update(cipher_.get(), data);
  }
  bool authenticate(std::span<const std::byte> packet, std::span<const std::byte> apart) {
    std::size_t size = 0;
    return EVP_MAC_init(mac_.get(), nullptr, 0, nullptr) == 1 &&
           EVP_MAC_update(mac_.get(), octets(packet), packet.size()) == 1 &&
           EVP_MAC_update(mac_.get(), octets(apart), apart.size()) == 1 &&
           EVP_MAC_final(mac_.get(), room(computed_), &size, computed_.size()) == 1;
  }

  CipherPtr cipher_;
  MacPtr mac_;
  std::array<std::byte, kCounterSalt> salt_;
  std::array<std::byte, kMacKey> computed_{};
};

class AeadTransform final : public Transform {
 public:
  AeadTransform(const SuiteTraits& traits, const SessionKeys& keys, Kind kind, Direction direction)
      : cipher_(make_cipher(traits.cipher(), std::span(keys.cipher).first(traits.cipher_key),
                            direction == Direction::Send)),
        rtp_(kind == Kind::Rtp) {
    std::copy_n(keys.salt.begin(), salt_.size(), salt_.begin());
  }
  ~AeadTransform() override { OPENSSL_cleanse(salt_.data(), salt_.size()); }
  AeadTransform(const AeadTransform&) = delete;
  AeadTransform& operator=(const AeadTransform&) = delete;
  bool made() const { return cipher_ != nullptr; }

  bool seal(PacketPlace place, std::span<std::byte> packet, std::size_t clear,
            std::span<const std::byte> apart, std::span<std::byte> tag) override {
    std::array<unsigned char, kMostTag> rest;
    int size = 0;
    return begin(place, packet.first(clear), apart) && update(cipher_.get(), packet.subspan(clear)) &&
           EVP_CipherFinal_ex(cipher_.get(), rest.data(), &size) == 1 &&
           EVP_CIPHER_CTX_ctrl(cipher_.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag.size()),
                               tag.data()) == 1;
  }
  bool open(PacketPlace place, std::span<std::byte> packet, std::size_t clear,
            std::span<const std::byte> apart, std::span<const std::byte> tag) override {
    std::array<std::byte, kMostTag> expected;
    std::copy(tag.begin(), tag.end(), expected.begin());
    std::array<unsigned char, kMostTag> rest;
    int size = 0;
    return begin(place, packet.first(clear), apart) && update(cipher_.get(), packet.subspan(clear)) &&
           EVP_CIPHER_CTX_ctrl(cipher_.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag.size()),
                               expected.data()) == 1 &&
           EVP_CipherFinal_ex(cipher_.get(), rest.data(), &size) == 1;
  }

 private:
  // RFC 7714 §8.1, §9.1. The rollover counter is in the block; an SRTCP index is authenticated besides.
  bool begin(PacketPlace place, std::span<const std::byte> clear, std::span<const std::byte> apart) {
    std::array<std::byte, kAeadSalt> block{};
    ByteWriter writer(block);
    writer.u16(0);
    writer.u32(place.ssrc);
    writer.u16(static_cast<std::uint16_t>(place.index >> 32));
    writer.u32(static_cast<std::uint32_t>(place.index));
    for (std::size_t i = 0; i < block.size(); ++i)
      block[i] ^= salt_[i];
    return EVP_CipherInit_ex(cipher_.get(), nullptr, nullptr, nullptr, octets(block), -1) == 1 &&
           also(clear) && (rtp_ || also(apart));
  }
  bool also(std::span<const std::byte> data) {
    int size = 0;
    return EVP_CipherUpdate(cipher_.get(), nullptr, &size, octets(data), static_cast<int>(data.size())) == 1;
  }

  CipherPtr cipher_;
  const bool rtp_;
  std::array<std::byte, kAeadSalt> salt_{};
};

template <class T>
std::unique_ptr<Transform> if_made(std::unique_ptr<T> transform) {
  return transform->made() ? std::move(transform) : nullptr;
}

}  // namespace

std::unique_ptr<Transform> Transform::make(const SuiteTraits& traits, Kind kind, Direction direction,
                                           std::span<const std::byte> key) {
  const unsigned first = kind == Kind::Rtp ? 0 : 3;  // labels: cipher, authentication, salt
  Derivation derive(traits, key);
  SessionKeys keys;
  if (!derive(first, std::span(keys.cipher).first(traits.cipher_key)) || !derive(first + 1, keys.mac) ||
      !derive(first + 2, std::span(keys.salt).first(traits.salt())))
    return nullptr;
  if (traits.aead) return if_made(std::make_unique<AeadTransform>(traits, keys, kind, direction));
  return if_made(std::make_unique<CounterTransform>(traits, keys));
}

}  // namespace warp::srtp
