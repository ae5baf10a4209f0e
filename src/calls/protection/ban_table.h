// BanTable: the banned sources in sets of eight. find() takes no lock and may run beside everything else; the
// rest is for one thread at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "warp/base/clock.h"

#include "source_key.h"

namespace warp::calls {

struct BanNote {
  std::string reason;
  WallTime since{}, until{};
  std::uint32_t times = 1;
  bool by_hand = false;
};

class BanTable {
 public:
  struct Slot {
    std::atomic<SourceKey> key{0};
    std::atomic<std::int64_t> until_ns{0};  // monotonic
    std::atomic<std::uint64_t> dropped{0};
  };

  BanTable(std::size_t places, std::uint64_t seed)
      : sets_(places / kWays), seed_(seed), slots_(new Slot[places]), notes_(new BanNote[places]) {}

  Slot* find(SourceKey key) {
    Slot* set = &slots_[set_of(key, seed_, sets_) * kWays];
    for (std::size_t way = 0; way < kWays; ++way)
      if (set[way].key.load(std::memory_order_acquire) == key) return &set[way];
    return nullptr;
  }
  // The source's own place, a free one, or that of the ban of its set that ends first. `fresh`: one more
  // place is taken now than before.
  Slot& place(SourceKey key, bool& fresh) {
    fresh = false;
    if (Slot* own = find(key)) return *own;
    Slot* set = &slots_[set_of(key, seed_, sets_) * kWays];
    Slot* choice = set;
    for (std::size_t way = 0; way < kWays; ++way) {
      if (set[way].key.load(std::memory_order_relaxed) == 0) {
        fresh = true;
        choice = &set[way];
        break;
      }
      if (set[way].until_ns.load(std::memory_order_relaxed) <
          choice->until_ns.load(std::memory_order_relaxed))
        choice = &set[way];
    }
    // A reader between the steps sees a ban that is over.
    choice->until_ns.store(0, std::memory_order_relaxed);
    choice->dropped.store(0, std::memory_order_relaxed);
    choice->key.store(key, std::memory_order_release);
    return *choice;
  }
  BanNote& note(const Slot& slot) { return notes_[static_cast<std::size_t>(&slot - slots_.get())]; }
  static void free(Slot& slot) {
    slot.until_ns.store(0, std::memory_order_relaxed);
    slot.key.store(0, std::memory_order_release);
  }
  template <class Visit>
  void each(Visit visit) {
    for (std::size_t i = 0; i < sets_ * kWays; ++i)
      if (slots_[i].key.load(std::memory_order_relaxed) != 0) visit(slots_[i]);
  }

 private:
  const std::size_t sets_;
  const std::uint64_t seed_;
  const std::unique_ptr<Slot[]> slots_;
  const std::unique_ptr<BanNote[]> notes_;
};

}  // namespace warp::calls
