#include "app/allocator.h"

#include <cstddef>

// Null when jemalloc is not linked, as in tests.
extern "C" int mallctl(const char* name, void* old, std::size_t* old_size, void* fresh,
                       std::size_t fresh_size) __attribute__((weak));

// Read by jemalloc before main(): a thread of its own gives back what a burst needed, also when nobody
// allocates any more.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "background_thread:true";
}

namespace warp::app {

std::string allocator() {
  if (mallctl == nullptr) return "libc";
  const char* version = nullptr;
  std::size_t size = sizeof version;
  if (mallctl("version", &version, &size, nullptr, 0) != 0 || version == nullptr) return "jemalloc";
  const std::string whole = version;  // 5.3.0-0-g…
  return "jemalloc " + whole.substr(0, whole.find('-'));
}

}  // namespace warp::app
