// FlatTable: a hash table in one piece of memory (linear probing): to find, or to miss, mostly touches one
// cache line and no entry's own memory. Not for threads. For keys whose hash nobody outside can choose.
//
// A Slot is small, trivially copied, and empty when it is new: `bool empty() const`, `std::uint64_t hash()
// const`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

namespace warp {

template <class Slot>
class FlatTable {
  static_assert(std::is_trivially_copyable_v<Slot>);

 public:
  std::size_t size() const { return size_; }

  // The slot of that hash that `same` takes for the wanted one; nullptr: none. Good until the next change.
  template <class Same>
  Slot* find(std::uint64_t hash, Same same) {
    for (std::size_t at = home(hash); !slots_[at].empty(); at = after(at))
      if (slots_[at].hash() == hash && same(std::as_const(slots_[at]))) return &slots_[at];
    return nullptr;
  }
  // One that is not there yet.
  void insert(const Slot& slot) {
    if (2 * ++size_ > slots_.size()) grow();
    place(slot);
  }
  // Of one that find() gave. What stands behind moves up, so that no mark is left.
  void erase(Slot* slot) {
    auto hole = static_cast<std::size_t>(slot - slots_.data());
    for (std::size_t at = after(hole); !slots_[at].empty(); at = after(at)) {
      if (distance(home(slots_[at].hash()), at) < distance(hole, at)) continue;
      slots_[hole] = slots_[at];
      hole = at;
    }
    slots_[hole] = Slot();
    --size_;
  }

 private:
  static constexpr std::size_t kFirst = 1024;  // a power of two, as all sizes are
  std::size_t home(std::uint64_t hash) const { return hash & (slots_.size() - 1); }
  std::size_t after(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }
  std::size_t distance(std::size_t from, std::size_t to) const { return (to - from) & (slots_.size() - 1); }

  void place(const Slot& slot) {
    std::size_t at = home(slot.hash());
    while (!slots_[at].empty())
      at = after(at);
    slots_[at] = slot;
  }
  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old)
      if (!slot.empty()) place(slot);
  }

  std::vector<Slot> slots_ = std::vector<Slot>(kFirst);
  std::size_t size_ = 0;
};

}  // namespace warp
