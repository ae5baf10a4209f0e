// IdSource: where unpredictable bits come from (tags, branches, Call-IDs, record ids, SSRCs).
// One per thread; not shared. Tests use a seeded one.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "warp/base/clock.h"
#include "warp/base/uuid.h"

namespace warp {

class IdSource {
 public:
  virtual ~IdSource() = default;
  virtual std::uint64_t next64() = 0;

  // RFC 9562 version 7: 48 bits of Unix milliseconds, then random. Sorts by time in an index.
  Uuid uuid7(WallTime now);
  // `digits` lower-case hexadecimal digits, at most 16.
  std::string hex(unsigned digits);
};

// ChaCha20 keystream keyed from the kernel's generator (getrandom) and re-keyed every 4 KiB, so that
// tags, branches and Call-IDs cannot be guessed from earlier ones.
class SecureIdSource final : public IdSource {
 public:
  SecureIdSource();
  std::uint64_t next64() override;

 private:
  void refill();
  std::array<std::uint64_t, 512> pool_{};
  std::size_t used_ = pool_.size();
};

// Deterministic, for tests and benchmarks only.
class SeededIdSource final : public IdSource {
 public:
  explicit SeededIdSource(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next64() override;

 private:
  std::uint64_t state_;
};

}  // namespace warp
