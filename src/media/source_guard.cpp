#include "warp/media/source_guard.h"

namespace warp::media {

void SourceGuard::set_signalled(const domain::SocketAddress& address, bool symmetric) {
  if (address == signalled_ && symmetric == symmetric_) return;
  signalled_ = address;
  symmetric_ = symmetric;
  locked_ = false;
  candidates_ = {};
}

SourceGuard::Verdict SourceGuard::learn(const domain::SocketAddress& source, const rtp::Header& header,
                                        Monotonic now) {
  if (signalled_.port == 0) return Verdict::Refuse;
  const bool signalled_ip = source.ip == signalled_.ip;
  if (locked_ && (!signalled_ip || learned_.ip == signalled_.ip || now - locked_at_ > kTakeover))
    return Verdict::Refuse;
  const auto before = signalled_ip && !locked_ ? Verdict::Accept : Verdict::Withheld;
  Candidate* candidate = place_for(source, signalled_ip, now);
  if (candidate == nullptr) return before == Verdict::Accept ? before : Verdict::Refuse;
  const bool follows = candidate->used && candidate->source == source && candidate->ssrc == header.ssrc &&
                       candidate->next_sequence == header.sequence;
  if (follows) {
    lock(source, now);
    return Verdict::Learned;
  }
  *candidate = {source, header.ssrc, static_cast<std::uint16_t>(header.sequence + 1), true, now};
  return before;
}

SourceGuard::Candidate* SourceGuard::place_for(const domain::SocketAddress& source, bool signalled_ip,
                                               Monotonic now) {
  const auto stale = [now](const Candidate& candidate) {
    return !candidate.used || now - candidate.seen > kCandidateFresh;
  };
  if (signalled_ip) {
    auto& own = candidates_.front();
    return own.source == source || stale(own) ? &own : nullptr;
  }
  Candidate* free = nullptr;
  for (std::size_t i = 1; i < candidates_.size(); ++i) {
    auto& candidate = candidates_[i];
    if (candidate.used && candidate.source == source) return &candidate;
    if (free == nullptr && stale(candidate)) free = &candidate;
  }
  return free;
}

void SourceGuard::lock(const domain::SocketAddress& source, Monotonic now) {
  locked_ = true;
  learned_ = source;
  locked_at_ = now;
  candidates_ = {};
}

}  // namespace warp::media
