// GMime with owners. Its library is initialised by whoever calls ready() first.
#pragma once

#include <gmime/gmime.h>
#include <memory>
#include <string>

namespace warp::mm4 {

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
template <class T>
using Owned = std::unique_ptr<T, Unref>;

struct GFree {
  void operator()(char* text) const { g_free(text); }
};
using Text = std::unique_ptr<char, GFree>;

struct DateUnref {
  void operator()(GDateTime* date) const { g_date_time_unref(date); }
};
using Date = std::unique_ptr<GDateTime, DateUnref>;

inline void ready() {
  static const bool once = (g_mime_init(), true);
  (void)once;
}

inline std::string string_of(const char* text) {
  return text ? std::string(text) : std::string();
}

}  // namespace warp::mm4
