// HeaderLine: one header that a message of ours carries beyond the usual ones.
#pragma once

#include <span>
#include <string_view>

#include "warp/sip/message/writer.h"

namespace warp::calls {

struct HeaderLine {
  sip::HeaderId id = sip::HeaderId::Other;
  std::string_view value = {};
};
using HeaderLines = std::span<const HeaderLine>;

inline void add_lines(sip::Writer& writer, HeaderLines lines) {
  for (const HeaderLine& line : lines)
    writer.header(line.id, line.value);
}

}  // namespace warp::calls
