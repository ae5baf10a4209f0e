#include "far_load.h"

#include "warp/calls/overload_params.h"

namespace warp::calls {

void FarLoad::hear(const domain::SocketAddress& from, std::string_view via, Monotonic now) {
  const auto said = read_load(via);
  if (!said) return;
  const auto found = reports_.find(from);
  if (found != reports_.end() && found->second.until > now &&
      !later_sequence(said->sequence, found->second.sequence))
    return;
  if (said->loss_percent == 0 || said->validity.count() == 0) {
    if (found != reports_.end()) reports_.erase(found);
    return;
  }
  if (reports_.size() >= kMost)
    std::erase_if(reports_, [&](const auto& each) { return each.second.until <= now; });
  if (reports_.size() >= kMost && found == reports_.end()) return;
  constexpr std::size_t kLongestSequence = 64;
  reports_[from] = {said->loss_percent, now + said->validity,
                    std::string(said->sequence.substr(0, kLongestSequence))};
}

bool FarLoad::may_send(const domain::SocketAddress& to, std::uint64_t random, Monotonic now) {
  const auto found = reports_.find(to);
  if (found == reports_.end()) return true;
  if (found->second.until <= now) {
    reports_.erase(found);
    return true;
  }
  return random % 100 >= found->second.loss_percent;
}

}  // namespace warp::calls
