// What goes over the wire, opened with OpenSSL and the session keys that the RFCs print.
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "packets.h"

namespace warp::srtp {
namespace {

const unsigned char* octets(const Bytes& bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* octets(Bytes& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

Bytes counter_mode(const EVP_CIPHER* cipher, const Bytes& key, const Bytes& iv, const Bytes& in) {
  std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                          EVP_CIPHER_CTX_free);
  Bytes out(in.size());
  int size = 0;
  EXPECT_EQ(EVP_EncryptInit_ex(context.get(), cipher, nullptr, octets(key), octets(iv)), 1);
  EXPECT_EQ(EVP_EncryptUpdate(context.get(), octets(out), &size, octets(in), static_cast<int>(in.size())), 1);
  return out;
}

// RFC 3711 §4.1.1: salt, SSRC and index, each where it belongs.
Bytes counter_of(const Bytes& salt, std::uint32_t ssrc, std::uint64_t index) {
  Bytes iv(16);
  ByteWriter writer(iv);
  writer.u32(0);
  writer.u32(ssrc);
  writer.u32(static_cast<std::uint32_t>(index >> 16));
  writer.u32(static_cast<std::uint32_t>(index << 16));
  for (std::size_t i = 0; i < salt.size(); ++i)
    iv[i] ^= salt[i];
  return iv;
}

Bytes tag_of(const Bytes& key, Bytes data, std::uint32_t rollover, std::size_t size) {
  data.resize(data.size() + 4);
  ByteWriter writer(std::span<std::byte>(data).last(4));
  writer.u32(rollover);
  Bytes tag(20);
  unsigned length = 0;
  HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), octets(data), data.size(), octets(tag), &length);
  tag.resize(size);
  return tag;
}

struct Vector {
  Suite suite;
  const EVP_CIPHER* cipher;
  std::string_view master, cipher_key, salt, auth_key;
};

void expect(const Vector& vector, std::size_t tag) {
  auto send = std::move(*Session::make(vector.suite, unhex(vector.master), Direction::Send));
  for (const std::uint16_t sequence : {65535, 0, 1}) {
    const std::uint64_t index = sequence == 65535 ? 65535 : 65536u + sequence;
    const auto plain = rtp(sequence, 0xcafebabe);
    const auto wire = sealed(*send, plain);
    ASSERT_EQ(wire.size(), plain.size() + tag);
    const Bytes covered(wire.begin(), wire.end() - static_cast<long>(tag));
    EXPECT_EQ(Bytes(wire.end() - static_cast<long>(tag), wire.end()),
              tag_of(unhex(vector.auth_key), covered, static_cast<std::uint32_t>(index >> 16), tag));
    const auto payload = counter_mode(vector.cipher, unhex(vector.cipher_key),
                                      counter_of(unhex(vector.salt), 0xcafebabe, index),
                                      Bytes(covered.begin() + 12, covered.end()));
    EXPECT_EQ(payload, Bytes(plain.begin() + 12, plain.end()));
    EXPECT_TRUE(std::equal(plain.begin(), plain.begin() + 12, wire.begin()));
  }
}

// RFC 3711 appendix B.3.
const Vector kRfc3711{Suite::AesCm128Sha1_80,
                      EVP_aes_128_ctr(),
                      "e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6",
                      "c61e7a93744f39ee10734afe3ff7a087",
                      "30cbbc08863d8c85d49db34a9ae1",
                      "cebe321f6ff7716b6fd4ab49af256a156d38baa4"};
// RFC 6188 §7.2.
const Vector kRfc6188{Suite::AesCm256Sha1_80,
                      EVP_aes_256_ctr(),
                      "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6"
                      "3b04803de51ee7c96423ab5b78d2",
                      "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4",
                      "fa31791685ca444a9e07c6c64e93",
                      "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05"};

TEST(KnownAnswer, KeysOfRfc3711) {
  expect(kRfc3711, 10);
}
TEST(KnownAnswer, ShortTagOfTheSameKeys) {
  auto vector = kRfc3711;
  vector.suite = Suite::AesCm128Sha1_32;
  expect(vector, 4);
}
TEST(KnownAnswer, KeysOfRfc6188) {
  expect(kRfc6188, 10);
  auto vector = kRfc6188;
  vector.suite = Suite::AesCm256Sha1_32;
  expect(vector, 4);
}

// The derivation of RFC 3711 §4.3 gives an AEAD suite its keys as well (RFC 7714 §11), with 12 octets of
// salt.
Bytes derived(const EVP_CIPHER* counter, const Bytes& master, std::size_t key_size, unsigned label,
              std::size_t size) {
  Bytes iv(16);
  std::copy(master.begin() + static_cast<long>(key_size), master.end(), iv.begin());
  iv[7] ^= static_cast<std::byte>(label);
  return counter_mode(counter, Bytes(master.begin(), master.begin() + static_cast<long>(key_size)), iv,
                      Bytes(size));
}

void expect_gcm(Suite suite, const EVP_CIPHER* counter, const EVP_CIPHER* cipher, std::size_t key_size) {
  auto send = session(suite, Direction::Send);
  const auto key = derived(counter, key_of(suite), key_size, 0, key_size);
  auto iv = derived(counter, key_of(suite), key_size, 2, 12);
  const auto plain = rtp(4711, 0xcafebabe);
  const auto wire = sealed(*send, plain);
  ASSERT_EQ(wire.size(), plain.size() + 16);
  Bytes mask(12);
  ByteWriter writer(mask);  // RFC 7714 §8.1
  writer.u16(0);
  writer.u32(0xcafebabe);
  writer.u32(0);
  writer.u16(4711);
  for (std::size_t i = 0; i < iv.size(); ++i)
    iv[i] ^= mask[i];
  std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                          EVP_CIPHER_CTX_free);
  Bytes payload(plain.size() - 12), tag(wire.end() - 16, wire.end());
  int size = 0;
  EVP_DecryptInit_ex(context.get(), cipher, nullptr, octets(key), octets(iv));
  EVP_DecryptUpdate(context.get(), nullptr, &size, octets(wire), 12);
  EVP_DecryptUpdate(context.get(), octets(payload), &size, octets(wire) + 12,
                    static_cast<int>(payload.size()));
  EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, 16, tag.data());
  EXPECT_EQ(EVP_DecryptFinal_ex(context.get(), octets(payload), &size), 1);
  EXPECT_EQ(payload, Bytes(plain.begin() + 12, plain.end()));
}

TEST(KnownAnswer, Gcm) {
  expect_gcm(Suite::AeadAes128Gcm, EVP_aes_128_ctr(), EVP_aes_128_gcm(), 16);
  expect_gcm(Suite::AeadAes256Gcm, EVP_aes_256_ctr(), EVP_aes_256_gcm(), 32);
}

}  // namespace
}  // namespace warp::srtp
