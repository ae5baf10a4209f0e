#include "warp/net/timer_wheel.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>
#include <vector>

namespace warp::net {
namespace {

constexpr std::chrono::milliseconds kTick{4};
constexpr unsigned kSlotBits = 8, kSlots = 1u << kSlotBits, kLevels = 4;
constexpr std::uint64_t kFarthest = (std::uint64_t{1} << (kSlotBits * kLevels)) - 1;  // ticks: 198 days
constexpr std::uint32_t kNone = 0xffffffff;
constexpr std::chrono::milliseconds kLongestSleep{1000};

// One bit a slot that holds timers.
class Occupancy {
 public:
  void set(unsigned slot) { words_[slot / 64] |= std::uint64_t{1} << slot % 64; }
  void clear(unsigned slot) { words_[slot / 64] &= ~(std::uint64_t{1} << slot % 64); }
  // First occupied slot in [from, kSlots), or kSlots.
  unsigned next(unsigned from) const {
    if (from >= kSlots) return kSlots;
    unsigned word = from / 64;
    auto bits = words_[word] & ~std::uint64_t{0} << from % 64;
    while (bits == 0) {
      if (++word == words_.size()) return kSlots;
      bits = words_[word];
    }
    return word * 64 + static_cast<unsigned>(std::countr_zero(bits));
  }

 private:
  std::array<std::uint64_t, kSlots / 64> words_{};
};

}  // namespace

struct TimerWheel::Impl {
  struct Node {
    Callback callback;
    std::uint64_t due = 0;  // tick
    std::uint32_t next = kNone, previous = kNone;
    std::uint32_t generation = 1;
    std::uint16_t level = 0, slot = 0;
    bool armed = false;
  };
  struct List {
    std::uint32_t first = kNone, last = kNone;
  };
  struct Level {
    std::array<List, kSlots> slots;
    Occupancy occupied;
    std::size_t count = 0;
  };

  explicit Impl(const Clock& c) : clock(c), origin(c.now()) {}

  const Clock& clock;
  const Monotonic origin;
  std::uint64_t current = 0;  // all ticks up to and including this one have fired
  std::array<Level, kLevels> levels;
  std::vector<Node> nodes;
  std::uint32_t free = kNone;
  std::size_t armed = 0;
  bool advancing = false;

  std::uint64_t ticks_down(Monotonic at) const {
    return at <= origin ? 0 : static_cast<std::uint64_t>((at - origin) / kTick);
  }
  std::uint64_t ticks_up(Monotonic at) const { return ticks_down(at + kTick - Monotonic::duration{1}); }

  std::uint32_t take_node() {
    if (free == kNone) {
      nodes.emplace_back();
      return static_cast<std::uint32_t>(nodes.size() - 1);
    }
    const auto index = free;
    free = nodes[index].next;
    return index;
  }

  void release(std::uint32_t index) {
    auto& node = nodes[index];
    node.armed = false;
    if (++node.generation == 0) node.generation = 1;
    node.next = free;
    free = index;
    --armed;
  }

  // Into the level whose span reaches `due`; due >= current, and equal only while that tick is being fired.
  void link(std::uint32_t index) {
    auto& node = nodes[index];
    const auto distance = node.due - current;
    unsigned level = 0;
    while (level + 1 < kLevels && distance >> (kSlotBits * (level + 1)) != 0)
      ++level;
    node.level = static_cast<std::uint16_t>(level);
    node.slot = static_cast<std::uint16_t>(node.due >> (kSlotBits * level) & (kSlots - 1));
    auto& list = levels[level].slots[node.slot];
    node.next = kNone;
    node.previous = list.last;
    (list.last == kNone ? list.first : nodes[list.last].next) = index;
    list.last = index;
    levels[level].occupied.set(node.slot);
    ++levels[level].count;
  }

  void unlink(std::uint32_t index) {
    auto& node = nodes[index];
    auto& level = levels[node.level];
    auto& list = level.slots[node.slot];
    (node.previous == kNone ? list.first : nodes[node.previous].next) = node.next;
    (node.next == kNone ? list.last : nodes[node.next].previous) = node.previous;
    if (list.first == kNone) level.occupied.clear(node.slot);
    --level.count;
  }

  void cascade(unsigned level) {
    const auto slot = current >> (kSlotBits * level) & (kSlots - 1);
    if (slot == 0 && level + 1 < kLevels) cascade(level + 1);
    auto& list = levels[level].slots[slot];
    // What goes back into this very slot (top level, more than a turn away) must not be met again.
    auto index = list.first;
    const auto last = list.last;
    while (index != kNone) {
      const auto next = index == last ? kNone : nodes[index].next;
      unlink(index);
      link(index);
      index = next;
    }
  }

  std::size_t fire_current() {
    std::size_t fired = 0;
    auto& list = levels[0].slots[current & (kSlots - 1)];
    while (list.first != kNone) {
      const auto index = list.first;
      unlink(index);
      auto callback = std::move(nodes[index].callback);
      nodes[index].callback = nullptr;
      release(index);
      callback();
      ++fired;
    }
    return fired;
  }

  std::size_t advance() {
    const auto target = ticks_down(clock.now());
    std::size_t fired = 0;
    advancing = true;
    while (current < target) {
      if (armed == 0) {
        current = target;
        break;
      }
      // Straight to the next tick with timers, but through every turn of the lowest level.
      const auto turn_end = current | (kSlots - 1);
      const auto base = turn_end - (kSlots - 1);
      auto next =
          current == turn_end
              ? turn_end + 1
              : std::min<std::uint64_t>(
                    base + levels[0].occupied.next(static_cast<unsigned>(current - base) + 1), turn_end + 1);
      if (next > target) {
        current = target;
        break;
      }
      current = next;
      if ((current & (kSlots - 1)) == 0) cascade(1);
      fired += fire_current();
    }
    advancing = false;
    return fired;
  }
};

TimerWheel::TimerWheel(const Clock& clock) : impl_(std::make_unique<Impl>(clock)) {}
TimerWheel::~TimerWheel() = default;

TimerWheel::Handle TimerWheel::arm(std::chrono::milliseconds delay, Callback callback,
                                   std::chrono::milliseconds slack) {
  auto& wheel = *impl_;
  const auto now = wheel.clock.now();
  // Nothing is armed: catch up, so that a long idle time does not count as distance. Not from inside a
  // callback: what it arms would land in the slot that is being fired when the clock has jumped whole turns.
  if (wheel.armed == 0 && !wheel.advancing) wheel.current = std::max(wheel.current, wheel.ticks_down(now));
  auto due = std::max(wheel.ticks_up(now + std::max(delay, std::chrono::milliseconds{0})), wheel.current + 1);
  if (const auto step = static_cast<std::uint64_t>(slack / kTick); step > 1)
    due += (step - due % step) % step;
  const auto index = wheel.take_node();
  auto& node = wheel.nodes[index];
  node.callback = std::move(callback);
  node.due = std::min(due, wheel.current + kFarthest);
  node.armed = true;
  ++wheel.armed;
  wheel.link(index);
  return {index, node.generation};
}

void TimerWheel::cancel(Handle& handle) {
  const auto asked = std::exchange(handle, {});
  auto& wheel = *impl_;
  if (asked.generation == 0 || asked.slot >= wheel.nodes.size()) return;
  auto& node = wheel.nodes[asked.slot];
  if (!node.armed || node.generation != asked.generation) return;
  wheel.unlink(asked.slot);
  // The callback may own what, dying, cancels or arms timers: it dies last.
  const auto callback = std::exchange(node.callback, nullptr);
  wheel.release(asked.slot);
}

std::size_t TimerWheel::advance() {
  return impl_->advance();
}

std::chrono::milliseconds TimerWheel::until_next() const {
  const auto& wheel = *impl_;
  if (wheel.armed == 0) return kLongestSleep;
  const auto turn_end = wheel.current | (kSlots - 1);
  const auto base = turn_end - (kSlots - 1);
  const auto position = static_cast<unsigned>(wheel.current - base);
  auto next = wheel.current + kFarthest;
  if (const auto slot = wheel.levels[0].occupied.next(position + 1); slot < kSlots) {
    next = base + slot;
  } else if (wheel.levels[0].count > 0 || wheel.armed > wheel.levels[0].count) {
    next = turn_end + 1;
    if (wheel.armed == wheel.levels[0].count) next += wheel.levels[0].occupied.next(0);
  }
  const auto at = wheel.origin + static_cast<std::int64_t>(next) * kTick, now = wheel.clock.now();
  if (at <= now) return std::chrono::milliseconds{0};
  return std::min(std::chrono::ceil<std::chrono::milliseconds>(at - now), kLongestSleep);
}

std::size_t TimerWheel::size() const {
  return impl_->armed;
}

}  // namespace warp::net
