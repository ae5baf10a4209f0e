#include "sealed.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "warp/base/bytes.h"

namespace warp::recording {
namespace {

constexpr std::string_view kMagic = "WARPENC1", kPurpose = "warp.recording";
constexpr std::size_t kSalt = 16, kRandom = 8, kNonce = 12, kWord = 4;
constexpr std::uint32_t kLastBit = 0x80000000;

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

unsigned char* raw(std::byte* octets) {
  return reinterpret_cast<unsigned char*>(octets);
}
const unsigned char* raw(const std::byte* octets) {
  return reinterpret_cast<const unsigned char*>(octets);
}

using Nonce = std::array<std::byte, kNonce>;
Nonce nonce_of(std::uint32_t number, std::span<const std::byte> random) {
  Nonce nonce;
  ByteWriter out(nonce);
  out.bytes(random);
  out.u32(number);
  return nonce;
}

using Context = std::array<std::byte, kSealHead + 4 + kWord>;
Context context_of(const SealHead& head, std::uint32_t number, std::uint32_t word) {
  Context context;
  ByteWriter out(context);
  out.bytes(head);
  out.u32(number);
  out.u32(word);
  return context;
}

}  // namespace

bool is_sealed(std::span<const std::byte> file) {
  return file.size() >= kMagic.size() && std::ranges::equal(file.first(kMagic.size()), as_bytes(kMagic));
}

std::optional<ChunkWord> parse_chunk_word(std::span<const std::byte> chunk) {
  ByteReader in(chunk);
  const auto word = in.u32();
  const ChunkWord out{word & ~kLastBit, (word & kLastBit) != 0};
  return in.ok() && out.length <= kMostChunk ? std::optional(out) : std::nullopt;
}

Sealer::Sealer(const Key& key, const SealHead& head) : head_(head) {
  std::array<std::byte, kPurpose.size() + kSalt> text;
  ByteWriter out(text);
  out.bytes(as_bytes(kPurpose));
  out.bytes(std::span(head).subspan(kMagic.size()));
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), raw(text.data()), text.size(),
       raw(key_.data()), &length);
}

std::optional<Sealer> Sealer::begin(const Key& key) {
  SealHead head;
  std::ranges::copy(as_bytes(kMagic), head.begin());
  if (RAND_bytes(raw(head.data()) + kMagic.size(), kSalt) != 1) return std::nullopt;
  return Sealer(key, head);
}

std::optional<Sealer> Sealer::resume(const Key& key, std::span<const std::byte> head) {
  if (head.size() < kSealHead || !is_sealed(head)) return std::nullopt;
  SealHead kept;
  std::ranges::copy(head.first(kSealHead), kept.begin());
  return Sealer(key, kept);
}

std::vector<std::byte> Sealer::seal(std::uint32_t number, std::span<const std::byte> plain, bool last) const {
  std::vector<std::byte> out(kChunkOverhead + plain.size());
  const auto word = static_cast<std::uint32_t>(plain.size()) | (last ? kLastBit : 0);
  ByteWriter(std::span(out)).u32(word);
  auto* random = out.data() + kWord;
  auto* sealed = out.data() + kChunkFront;
  if (plain.size() > kMostChunk || RAND_bytes(raw(random), kRandom) != 1) return {};
  const auto nonce = nonce_of(number, {random, kRandom});
  const auto context = context_of(head_, number, word);
  const Cipher cipher(EVP_CIPHER_CTX_new());
  int done = 0;
  const bool made =
      cipher &&
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, raw(key_.data()), raw(nonce.data())) ==
          1 &&
      EVP_EncryptUpdate(cipher.get(), nullptr, &done, raw(context.data()),
                        static_cast<int>(context.size())) == 1 &&
      EVP_EncryptUpdate(cipher.get(), raw(sealed), &done, raw(plain.data()),
                        static_cast<int>(plain.size())) == 1 &&
      EVP_EncryptFinal_ex(cipher.get(), raw(sealed + plain.size()), &done) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG, kChunkTag, sealed + plain.size()) == 1;
  if (!made) return {};
  return out;
}

std::optional<std::vector<std::byte>> Sealer::open(std::uint32_t number,
                                                   std::span<const std::byte> chunk) const {
  const auto word = parse_chunk_word(chunk);
  if (!word || chunk.size() != kChunkOverhead + word->length) return std::nullopt;
  std::vector<std::byte> plain(word->length);
  std::array<std::byte, kChunkTag> tag;
  std::ranges::copy(chunk.last(kChunkTag), tag.begin());
  const auto nonce = nonce_of(number, chunk.subspan(kWord, kRandom));
  const auto context = context_of(head_, number, ByteReader(chunk).u32());
  const Cipher cipher(EVP_CIPHER_CTX_new());
  int done = 0;
  std::array<unsigned char, 16> nothing;  // where an empty plaintext goes
  auto* out = plain.empty() ? nothing.data() : raw(plain.data());
  const bool opened = cipher &&
                      EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, raw(key_.data()),
                                         raw(nonce.data())) == 1 &&
                      EVP_DecryptUpdate(cipher.get(), nullptr, &done, raw(context.data()),
                                        static_cast<int>(context.size())) == 1 &&
                      EVP_DecryptUpdate(cipher.get(), out, &done, raw(chunk.data()) + kChunkFront,
                                        static_cast<int>(word->length)) == 1 &&
                      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG, kChunkTag, tag.data()) == 1 &&
                      EVP_DecryptFinal_ex(cipher.get(), out + plain.size(), &done) == 1;
  if (!opened) return std::nullopt;
  return plain;
}

}  // namespace warp::recording
