// DigitIndex: longest-prefix match of telephone numbers over a fixed set of prefixes. Decks and routing
// partitions are built on it. Immutable once built; any number of threads may read it.
//
// A level-compressed trie over digits in one array of 32-bit slots: a node covers 1 to 6 digits at once, as
// many as keep it at least a quarter full; slots below a prefix repeat it (leaf pushing), and a lone prefix
// is a leaf that is verified against its key instead of a chain of nodes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "warp/rating/slab.h"

namespace warp::rating {

// The leading digits of a number, at most 15, made ready for lookups. Ends at the first character that is no
// digit.
struct Digits {
  static constexpr std::size_t kMax = 15;

  explicit Digits(std::string_view text);

  // digits[i] - '0'; zeros after the last one.
  std::array<std::uint8_t, kMax + 1> values{};
  std::uint32_t count = 0;
};

// A prefix as a number that sorts like its text: 15 digits of four bits, left-aligned, then the length.
class PrefixKey {
 public:
  constexpr PrefixKey() = default;
  // nullopt unless 0 to 15 digits and nothing else.
  static std::optional<PrefixKey> parse(std::string_view text);
  static PrefixKey of(const Digits& digits);

  constexpr unsigned length() const { return static_cast<unsigned>(bits_ & 15); }
  constexpr unsigned digit(unsigned at) const { return static_cast<unsigned>(bits_ >> (60 - 4 * at) & 15); }
  constexpr PrefixKey first(unsigned length) const {
    return length >= this->length() ? *this : PrefixKey((bits_ & mask(length)) | length);
  }
  constexpr bool is_prefix_of(PrefixKey other) const {
    return length() <= other.length() && ((bits_ ^ other.bits_) & mask(length())) == 0;
  }
  constexpr std::uint64_t bits() const { return bits_; }
  friend constexpr auto operator<=>(PrefixKey, PrefixKey) = default;

 private:
  explicit constexpr PrefixKey(std::uint64_t bits) : bits_(bits) {}
  static constexpr std::uint64_t mask(unsigned length) {
    return length == 0 ? 0 : ~std::uint64_t{0} << (64 - 4 * length);
  }
  std::uint64_t bits_ = 0;
};

class DigitIndex {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  DigitIndex() = default;
  // `keys` ascending and unique.
  explicit DigitIndex(std::span<const PrefixKey> keys);  // throws std::length_error beyond 2^28 slots

  // Position in `keys` of the longest prefix of `digits`, kNone when there is none.
  std::uint32_t find(const Digits& digits) const;
  // Position in `keys` of the longest other prefix of keys[position], kNone when there is none.
  std::uint32_t parent(std::uint32_t position) const { return parents_[position]; }

  std::span<const PrefixKey> keys() const { return keys_.view(); }
  std::size_t memory_octets() const;

 private:
  friend class DigitIndexBuilder;
  std::uint32_t find_short(const Digits& digits) const;

  std::uint32_t root_ = 0;
  Slab<std::uint32_t> slots_;
  Slab<PrefixKey> keys_;
  Slab<std::uint32_t> parents_;
};

}  // namespace warp::rating
