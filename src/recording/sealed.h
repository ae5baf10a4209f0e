// The form of encrypted recordings: AES-256-GCM in chunks that can be read as they come.
//
//   file    = head chunk*           head  = "WARPENC1" salt[16]
//   chunk   = word[4] random[8] ciphertext tag[16]
//   word    = length of the plaintext, big-endian; its highest bit: the last chunk
//   key     = HMAC-SHA256(configured key, "warp.recording" salt)
//   nonce   = random[8] number[4]   number: of the chunk, from 0
//   AAD     = head number[4] word[4]
//
// A chunk can be written again in its place (the head of a WAV file is): its nonce is then another one.
// Chunks cannot change places or files, and a file without a last chunk was cut off.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "warp/recording/key.h"

namespace warp::recording {

inline constexpr std::size_t kSealHead = 24, kMostChunk = 64 * 1024;
inline constexpr std::size_t kChunkFront = 12, kChunkTag = 16, kChunkOverhead = kChunkFront + kChunkTag;

using SealHead = std::array<std::byte, kSealHead>;

bool is_sealed(std::span<const std::byte> file);

struct ChunkWord {
  std::uint32_t length = 0;
  bool last = false;
};
std::optional<ChunkWord> parse_chunk_word(std::span<const std::byte> chunk);  // four octets; nullopt: none

// Of one file.
class Sealer {
 public:
  static std::optional<Sealer> begin(const Key& key);  // nullopt: there is no randomness
  // nullopt: not the head of a sealed file.
  static std::optional<Sealer> resume(const Key& key, std::span<const std::byte> head);

  const SealHead& head() const { return head_; }
  // The chunk as it stands in the file; empty: it could not be made.
  std::vector<std::byte> seal(std::uint32_t number, std::span<const std::byte> plain, bool last) const;
  // nullopt: it is not this chunk of this file under this key.
  std::optional<std::vector<std::byte>> open(std::uint32_t number, std::span<const std::byte> chunk) const;

 private:
  Sealer(const Key& key, const SealHead& head);
  SealHead head_{};
  Key key_{};
};

}  // namespace warp::recording
