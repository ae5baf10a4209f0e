// What a process that starts must know of the calls of the one before it, ahead of everything else.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace warp::calls {

struct LocalPort {
  bool v6 = false;
  std::uint16_t port = 0;
  std::uint8_t network = 0;
};

// The RTP ports of the call whose state (RecordSink::answered, ::updated) this is.
std::vector<LocalPort> media_ports_of(std::string_view state);

}  // namespace warp::calls
