// End: one side of one call of the rtp benchmark's load: what it sends each 20 ms, and what it counts as
// come.
#pragma once

#include <memory>
#include <vector>

#include "warp/srtp/session.h"

#include "loop.h"
#include "voice.h"

namespace warp::bench {

inline constexpr std::size_t kHeader = 12;
inline constexpr std::size_t kRoom = 2048;

// What all ends of one side have in common.
struct Side {
  Format format;
  std::vector<std::vector<std::byte>> voice;  // coded; empty: G.711 with a time stamp in it
  std::optional<srtp::Suite> suite;
};

struct End {
  int fd = -1;
  bool b = false;
  std::uint16_t sequence = 0;
  std::uint32_t timestamp = 0, ssrc = 0;
  std::unique_ptr<srtp::Session> seal, open;

  // The next packet, at `now`; its size. 0: it cannot be made.
  std::size_t next(const Side& side, std::int64_t now, std::span<std::byte> out);
  // Whether the packet is what this end waits for; opened in place. `size` becomes that of the plain packet.
  bool takes(const Side& side, std::span<std::byte> packet, std::size_t& size) const;
};

}  // namespace warp::bench
