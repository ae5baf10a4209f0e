// The clsact filter at the ingress of an interface that runs the kernel program. Each pins path has its own
// place there, so that daemons with different ones do not replace each other's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace warp::media {

struct FilterThere {
  std::uint32_t program = 0;  // its number; 0: the place is empty
  bool ours = false;          // it is a version of the kernel program
};
FilterThere filter_at(unsigned interface, const std::string& pins);

bool set_filter(unsigned interface, const std::string& pins, int program, bool replace, std::string& why);
// Ours, from all interfaces that there are.
void remove_filters(const std::string& pins);

// "cannot open x: Permission denied"; libbpf gives errors as negative numbers.
std::string in_words(std::string_view what, int error);

}  // namespace warp::media
