// Boxed: a value that most owners never set, for the size of a pointer. It is made by the first write;
// reading one that is not there gives the defaults. Copies are deep.
#pragma once

#include <memory>

namespace warp {

template <class T>
class Boxed {
 public:
  Boxed() = default;
  Boxed(const Boxed& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
  Boxed(Boxed&&) noexcept = default;
  Boxed& operator=(const Boxed& other) {
    if (this != &other) value_ = other.value_ ? std::make_unique<T>(*other.value_) : nullptr;
    return *this;
  }
  Boxed& operator=(Boxed&&) noexcept = default;

  bool made() const { return value_ != nullptr; }
  const T& read() const {
    static const T defaults{};
    return value_ ? *value_ : defaults;
  }
  const T* operator->() const { return &read(); }
  // Makes it.
  T* operator->() { return &write(); }
  T& write() {
    if (!value_) value_ = std::make_unique<T>();
    return *value_;
  }
  friend bool operator==(const Boxed& a, const Boxed& b) { return a.read() == b.read(); }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace warp
