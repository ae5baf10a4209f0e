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

// A prefix as a number that sorts like its text: 15 digits of four bits, left-aligned, then the length.
class PrefixKey {
 public:
  static constexpr unsigned kMax = 15;

  constexpr PrefixKey() = default;
  static constexpr PrefixKey from_bits(std::uint64_t bits) { return PrefixKey(bits); }
  // nullopt unless 0 to 15 digits and nothing else.
  static std::optional<PrefixKey> parse(std::string_view text);

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

// The leading digits of a number, at most 15, made ready for lookups. Ends at the first character that is no
// digit.
class Digits {
 public:
  explicit Digits(std::string_view text);

  std::uint32_t count() const { return count_; }
  PrefixKey key() const { return key_; }
  // The digits [from, to) as a number; to <= count().
  std::uint32_t window(std::uint32_t from, std::uint32_t to) const {
    return static_cast<std::uint32_t>(leading_[to] - leading_[from] * kPower[to - from]);
  }

 private:
  static constexpr std::array<std::uint64_t, 8> kPower{1,      10,      100,       1'000,
                                                       10'000, 100'000, 1'000'000, 10'000'000};
  std::array<std::uint64_t, PrefixKey::kMax + 1> leading_;  // [i]: the first i digits as a number
  std::uint32_t count_ = 0;
  PrefixKey key_;
};

class DigitIndex {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  DigitIndex() = default;
  // `keys` ascending and unique.
  explicit DigitIndex(std::span<const PrefixKey> keys);  // throws std::length_error beyond 2^28 slots

  // Position in `keys` of the longest prefix of `digits`, kNone when there is none.
  std::uint32_t find(const Digits& digits) const;
  // The same in many indexes at once: `found[i]` belongs to `indexes[i]`, which may be null. The walks go in
  // step, so that their reads of memory overlap.
  static void find(std::span<const DigitIndex* const> indexes, const Digits& digits,
                   std::span<std::uint32_t> found);

  // Position in `keys` of the longest other prefix of keys[position], kNone when there is none.
  std::uint32_t parent(std::uint32_t position) const { return parents_[position]; }

  std::span<const PrefixKey> keys() const { return keys_.view(); }
  std::size_t memory_octets() const;

 private:
  friend class DigitIndexBuilder;
  struct Walk;
  void follow(std::uint32_t slot, Walk& walk, const Digits& digits) const;
  std::uint32_t find_short(const Digits& digits) const;

  std::uint32_t root_ = 0;
  Slab<std::uint32_t> slots_;
  Slab<PrefixKey> keys_;
  Slab<std::uint32_t> parents_;
};

}  // namespace warp::rating
