#include "tracks.h"

#include <algorithm>

namespace warp::srtp {

std::uint64_t estimate(std::uint64_t highest, std::uint16_t sequence) {
  constexpr std::uint64_t kMedian = 0x8000;
  if (highest <= kMedian) return sequence;
  const auto rollover = highest >> 16, local = highest & 0xffff;
  auto guess = rollover;
  if (local < kMedian) {
    if (sequence > local + kMedian) guess = rollover - 1;
  } else if (local - kMedian > sequence) {
    guess = rollover + 1;
  }
  return guess << 16 | sequence;
}

Track* Tracks::find(std::uint32_t ssrc) {
  if (last_ < tracks_.size() && tracks_[last_].ssrc == ssrc) return &tracks_[last_];
  const auto found =
      std::find_if(tracks_.begin(), tracks_.end(), [&](const auto& t) { return t.ssrc == ssrc; });
  if (found == tracks_.end()) return nullptr;
  last_ = static_cast<std::size_t>(found - tracks_.begin());
  return &*found;
}

Track& Tracks::oldest() {
  return *std::min_element(tracks_.begin(), tracks_.end(),
                           [](const auto& a, const auto& b) { return a.used < b.used; });
}

Track& Tracks::add(std::uint32_t ssrc) {
  ++changes_;
  last_ = tracks_.size();
  tracks_.emplace_back().ssrc = ssrc;
  return tracks_.back();
}

void Tracks::remove(std::uint32_t ssrc) {
  std::erase_if(tracks_, [&](const auto& t) { return t.ssrc == ssrc; });
}

void Tracks::restore(const SsrcState& state, std::uint32_t rtcp_above) {
  auto& track = add(state.ssrc);
  track.index = std::uint64_t{state.rollover} << 16 | state.highest;
  track.window.begin(track.index + 1);
  track.rtcp_index = state.rtcp_index;
  track.rtcp_next = state.rtcp_index + rtcp_above;
  track.rtcp_window.begin(track.rtcp_next);
}

std::vector<SsrcState> Tracks::state() const {
  std::vector<SsrcState> all;
  all.reserve(tracks_.size());
  for (const auto& track : tracks_)
    all.push_back({track.ssrc, static_cast<std::uint32_t>(track.index >> 16),
                   static_cast<std::uint16_t>(track.index), track.rtcp_index});
  return all;
}

void Tracks::passed(Track& track, std::uint64_t index) {
  track.used = ++uses_;
  track.window.pass(index);
  if (index <= track.index) return;
  if (index / kStateEvery != track.index / kStateEvery) ++changes_;
  track.index = index;
}

void Tracks::passed_rtcp(Track& track, std::uint32_t index) {
  track.used = ++uses_;
  track.rtcp_window.pass(index);
  track.rtcp_next = index + 1;
  if (index <= track.rtcp_index) return;
  if (track.rtcp_index == 0 || index / kRtcpStateEvery != track.rtcp_index / kRtcpStateEvery) ++changes_;
  track.rtcp_index = index;
}

}  // namespace warp::srtp
