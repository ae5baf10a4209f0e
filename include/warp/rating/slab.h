// Slab: a fixed array for tables of millions of entries that are read at random. Large ones ask the kernel
// for huge pages: a lookup that misses the cache then does not miss the TLB as well.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <sys/mman.h>
#include <type_traits>

namespace warp::rating {

template <class T>
requires std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>
class Slab {
 public:
  Slab() = default;
  explicit Slab(std::size_t count) : size_(count) {
    if (count == 0) return;
    const std::size_t alignment = octets() >= kHugePage ? kHugePage : std::max<std::size_t>(alignof(T), 64);
    const std::size_t rounded = (octets() + alignment - 1) / alignment * alignment;
    data_.reset(static_cast<T*>(std::aligned_alloc(alignment, rounded)));
    if (!data_) throw std::bad_alloc();
    // Only advice: without it the table is slower, not wrong.
    if (alignment == kHugePage) (void)madvise(data_.get(), rounded, MADV_HUGEPAGE);
    std::uninitialized_default_construct_n(data_.get(), count);
  }
  explicit Slab(std::span<const T> from) : Slab(from.size()) {
    std::copy(from.begin(), from.end(), data_.get());
  }

  T& operator[](std::size_t at) { return data_.get()[at]; }
  const T& operator[](std::size_t at) const { return data_.get()[at]; }
  std::size_t size() const { return size_; }
  std::size_t octets() const { return size_ * sizeof(T); }
  std::span<const T> view() const { return {data_.get(), size_}; }

 private:
  static constexpr std::size_t kHugePage = std::size_t{2} << 20;
  struct Free {
    void operator()(T* data) const { std::free(data); }
  };
  std::unique_ptr<T, Free> data_;
  std::size_t size_ = 0;
};

}  // namespace warp::rating
