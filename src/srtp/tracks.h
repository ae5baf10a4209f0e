// Tracks: where each SSRC of a session stands, and which of its packets have passed. Private to this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "warp/srtp/session.h"

#include "window.h"

namespace warp::srtp {

struct Track {
  std::uint32_t ssrc = 0;
  std::uint32_t rtcp_index = 0;  // the highest
  std::uint32_t rtcp_next = 1;   // of a sender; 0 in a state says that there was none
  std::uint64_t index = 0;       // the highest: rollover counter and sequence
  Window window, rtcp_window;
  std::uint64_t used = 0;
};

// The index that a sequence means (RFC 3711 §3.3.1).
std::uint64_t estimate(std::uint64_t highest, std::uint16_t sequence);

class Tracks {
 public:
  Track* find(std::uint32_t ssrc);
  // The one that was used longest ago; there is one.
  Track& oldest();
  Track& add(std::uint32_t ssrc);
  void remove(std::uint32_t ssrc);
  // `rtcp_above`: the next SRTCP index is higher by this at least.
  void restore(const SsrcState& state, std::uint32_t rtcp_above);
  std::size_t size() const { return tracks_.size(); }
  std::vector<SsrcState> state() const;
  std::uint32_t changes() const { return changes_; }

  void passed(Track& track, std::uint64_t index);
  void passed_rtcp(Track& track, std::uint32_t index);

 private:
  std::vector<Track> tracks_;
  std::size_t last_ = 0;  // where the one before was found
  std::uint64_t uses_ = 0;
  std::uint32_t changes_ = 0;
};

}  // namespace warp::srtp
