// Owners of OpenSSL's objects.
#pragma once

#include <memory>

#include <openssl/err.h>

namespace warp::stir {

template <auto free_function>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    free_function(object);
  }
};
template <class T, auto free_function>
using Handle = std::unique_ptr<T, Freer<free_function>>;

// What went wrong within a scope does not stay in the thread's queue of errors for somebody else to find.
struct ErrorsGone {
  ErrorsGone() = default;
  ErrorsGone(const ErrorsGone&) = delete;
  ErrorsGone& operator=(const ErrorsGone&) = delete;
  ~ErrorsGone() { ERR_clear_error(); }
};

}  // namespace warp::stir
