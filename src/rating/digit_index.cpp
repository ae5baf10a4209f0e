#include "warp/rating/digit_index.h"

#include <algorithm>
#include <span>
#include <stdexcept>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "warp/base/text.h"

namespace warp::rating {
namespace {

// A slot: an inner node {1, stride - 1 in 3 bits, first slot in 28 bits}, or a leaf {0, verify in 1 bit,
// position + 1 in 30 bits}; an empty leaf is 0.
constexpr std::uint32_t kInner = 0x80000000;
constexpr std::uint32_t kVerify = 0x40000000;
constexpr std::uint32_t kPosition = 0x3fffffff;
constexpr std::uint32_t kBase = 0x0fffffff;
constexpr unsigned kMaxStride = 6;
constexpr std::array<std::uint32_t, kMaxStride + 1> kPower{1, 10, 100, 1'000, 10'000, 100'000, 1'000'000};

constexpr std::uint32_t inner(unsigned stride, std::uint32_t base) {
  return kInner | (stride - 1) << 28 | base;
}
constexpr unsigned stride_of(std::uint32_t slot) {
  return (slot >> 28 & 7) + 1;
}

std::uint32_t window(PrefixKey key, unsigned from, unsigned count) {
  std::uint32_t value = 0;
  for (unsigned i = from; i < from + count; ++i)
    value = value * 10 + key.digit(i);
  return value;
}

Slab<std::uint32_t> parents_of(std::span<const PrefixKey> keys) {
  Slab<std::uint32_t> parents(keys.size());
  std::vector<std::uint32_t> open;
  for (std::uint32_t i = 0; i < keys.size(); ++i) {
    while (!open.empty() && !keys[open.back()].is_prefix_of(keys[i]))
      open.pop_back();
    parents[i] = open.empty() ? DigitIndex::kNone : open.back();
    open.push_back(i);
  }
  return parents;
}

}  // namespace

Digits::Digits(std::string_view text) {
  const std::size_t limit = std::min<std::size_t>(text.size(), PrefixKey::kMax);
  std::uint64_t bits = 0;
  leading_[0] = 0;
  while (count_ < limit && is_digit(text[count_])) {
    const auto digit = static_cast<std::uint64_t>(text[count_] - '0');
    bits |= digit << (60 - 4 * count_);
    leading_[count_ + 1] = leading_[count_] * 10 + digit;
    ++count_;
  }
  key_ = PrefixKey::from_bits(bits | count_);
}

std::optional<PrefixKey> PrefixKey::parse(std::string_view text) {
  if (text.size() > kMax) return std::nullopt;
  std::uint64_t bits = text.size();
  unsigned shift = 60;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    bits |= static_cast<std::uint64_t>(c - '0') << shift;
    shift -= 4;
  }
  return PrefixKey(bits);
}

class DigitIndexBuilder {
 public:
  explicit DigitIndexBuilder(std::span<const PrefixKey> keys) : keys_(keys) {}

  // The slot for keys_[low, high), all of which share their first `depth` digits and are longer than it;
  // `best` is the leaf of the longest prefix at or above `depth`.
  std::uint32_t build(std::size_t low, std::size_t high, unsigned depth, std::uint32_t best) {
    if (low == high) return best;
    if (high - low == 1) return kVerify | leaf(low);
    const unsigned stride = choose_stride(low, high, depth);
    const std::size_t base = slots_.size();
    if (base + kPower[stride] > kBase) throw std::length_error("DigitIndex: too many prefixes");
    slots_.resize(base + kPower[stride], best);
    expand_ended(low, high, depth, stride, base);
    std::size_t at = low;
    while (at < high) {
      const std::uint32_t slot = window(keys_[at], depth, stride);
      std::size_t end = at;
      std::size_t first_longer = high;
      // Keys that end inside the node have been expanded; those of this slot that go on come together.
      while (end < high && keys_[end].length() >= depth + stride &&
             window(keys_[end], depth, stride) == slot) {
        if (first_longer == high && keys_[end].length() > depth + stride) first_longer = end;
        ++end;
      }
      if (end == at) {
        ++at;
        continue;
      }
      if (first_longer < end) {
        // Not by reference: the child may move the slots.
        const std::uint32_t child = build(first_longer, end, depth + stride, slots_[base + slot]);
        slots_[base + slot] = child;
      }
      at = end;
    }
    return inner(stride, static_cast<std::uint32_t>(base));
  }

  std::vector<std::uint32_t> take() && { return std::move(slots_); }

 private:
  static std::uint32_t leaf(std::size_t position) { return static_cast<std::uint32_t>(position) + 1; }

  // Shorter prefixes come first in the order of keys, so that longer ones overwrite them.
  void expand_ended(std::size_t low, std::size_t high, unsigned depth, unsigned stride, std::size_t base) {
    for (std::size_t at = low; at < high; ++at) {
      const unsigned length = keys_[at].length() - depth;
      if (length > stride) continue;
      const std::uint32_t width = kPower[stride - length];
      const std::size_t from = base + std::size_t{window(keys_[at], depth, length)} * width;
      std::fill_n(slots_.begin() + static_cast<std::ptrdiff_t>(from), width, leaf(at));
    }
  }

  unsigned choose_stride(std::size_t low, std::size_t high, unsigned depth) const {
    unsigned chosen = 1;
    for (unsigned stride = 2; stride <= kMaxStride && depth + stride <= PrefixKey::kMax; ++stride) {
      if (kPower[stride] > 4 * (high - low)) break;
      if (kPower[stride] <= 4 * distinct(low, high, depth, stride)) chosen = stride;
    }
    return chosen;
  }

  std::size_t distinct(std::size_t low, std::size_t high, unsigned depth, unsigned stride) const {
    std::size_t count = 0;
    std::uint32_t last = kPower[kMaxStride];
    for (std::size_t at = low; at < high; ++at) {
      if (keys_[at].length() < depth + stride) continue;
      const std::uint32_t value = window(keys_[at], depth, stride);
      if (value != last) ++count;
      last = value;
    }
    return count;
  }

  std::span<const PrefixKey> keys_;
  std::vector<std::uint32_t> slots_;
};

DigitIndex::DigitIndex(std::span<const PrefixKey> keys) : keys_(keys) {
  const bool match_all = !keys.empty() && keys.front().length() == 0;
  DigitIndexBuilder builder(keys);
  root_ = builder.build(match_all ? 1 : 0, keys.size(), 0, match_all ? 1 : 0);
  const auto slots = std::move(builder).take();
  slots_ = Slab<std::uint32_t>(std::span(slots));
  parents_ = parents_of(keys);
}

// A walk stands before the slot `next`, which is being fetched; `found` is the answer when it is null.
struct DigitIndex::Walk {
  const std::uint32_t* next;
  std::uint32_t at;
  std::uint32_t found;
};

inline void DigitIndex::follow(std::uint32_t slot, Walk& walk, const Digits& digits) const {
  if (slot & kInner) {
    const unsigned end = walk.at + stride_of(slot);
    if (end <= digits.count()) {
      walk.next = &slots_[(slot & kBase) + digits.window(walk.at, end)];
      walk.at = end;
      return;
    }
    walk.found = find_short(digits);
  } else {
    const std::uint32_t position = (slot & kPosition) - 1;
    const bool sure = !(slot & kVerify) || keys_[position].is_prefix_of(digits.key());
    // The lone prefix below this point may not match. Its parent is at or above the digits walked.
    walk.found = sure ? position : parents_[position];
  }
  walk.next = nullptr;
}

std::uint32_t DigitIndex::find(const Digits& digits) const {
  Walk walk{nullptr, 0, kNone};
  follow(root_, walk, digits);
  while (walk.next)
    follow(*walk.next, walk, digits);
  return walk.found;
}

void DigitIndex::find(std::span<const DigitIndex* const> indexes, const Digits& digits,
                      std::span<std::uint32_t> found) {
  boost::container::small_vector<Walk, 32> walks(indexes.size(), Walk{nullptr, 0, kNone});
  for (std::size_t i = 0; i < indexes.size(); ++i) {
    if (!indexes[i]) continue;
    indexes[i]->follow(indexes[i]->root_, walks[i], digits);
    if (walks[i].next) __builtin_prefetch(walks[i].next);
  }
  for (bool walking = true; walking;) {
    walking = false;
    for (std::size_t i = 0; i < indexes.size(); ++i) {
      if (!walks[i].next) continue;
      indexes[i]->follow(*walks[i].next, walks[i], digits);
      if (!walks[i].next) continue;
      __builtin_prefetch(walks[i].next);
      walking = true;
    }
  }
  for (std::size_t i = 0; i < indexes.size(); ++i)
    found[i] = walks[i].found;
}

// The number ends inside a node, whose slots speak of longer ones: too rare to spend memory on.
std::uint32_t DigitIndex::find_short(const Digits& digits) const {
  const auto number = digits.key();
  const auto keys = keys_.view();
  for (unsigned length = digits.count() + 1; length-- > 0;) {
    const auto key = number.first(length);
    const auto found = std::lower_bound(keys.begin(), keys.end(), key);
    if (found != keys.end() && *found == key) return static_cast<std::uint32_t>(found - keys.begin());
  }
  return kNone;
}

std::size_t DigitIndex::memory_octets() const {
  return slots_.octets() + keys_.octets() + parents_.octets();
}

}  // namespace warp::rating
