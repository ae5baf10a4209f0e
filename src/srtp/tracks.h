// Tracks: where each SSRC of a session stands. Private to this room.
//
// The library keeps this too, but tells neither the highest sequence nor the SRTCP index; estimate() is its
// own way to find a packet's index (RFC 3711 §3.3.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "warp/srtp/session.h"

namespace warp::srtp {

struct Track {
  std::uint32_t ssrc = 0;
  bool pending = false;     // restored, and the library has not heard of its rollover counter yet
  std::uint64_t index = 0;  // the highest: rollover counter and sequence
  std::uint64_t floor = 0;  // indices below it are of before the restore
  std::uint32_t rtcp_index = 0;
  std::uint32_t rtcp_floor = 0;    // SRTCP indices below it are of before the restore
  std::uint32_t rtcp_stepped = 0;  // how far the sender's index was played forward
  std::uint64_t used = 0;
};

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
