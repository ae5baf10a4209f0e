#include "warp/sip/transport/stream_commons.h"

#include "warp/base/text.h"

namespace warp::sip {
namespace {

constexpr std::size_t kMostPeers = 65'536;

std::uint32_t number_of(std::string_view name, std::string_view profile) {
  std::string key;
  for (const char c : name)
    key += ascii_lower(c);
  key += '\n';
  key += profile;
  const auto hash = stable_hash(key);
  const auto number = static_cast<std::uint32_t>(hash ^ hash >> 32);
  return number == 0 ? 1 : number;
}

}  // namespace

std::optional<std::uint32_t> StreamCommons::intern(std::string_view name, std::string_view profile) {
  auto number = number_of(name, profile);
  const auto is = [&](const Peer& peer) { return iequals(peer.name, name) && peer.profile == profile; };
  {
    const std::shared_lock lock(mutex_);
    const auto known = peers_.find(number);
    if (known != peers_.end() && is(known->second)) return number;
  }
  const std::unique_lock lock(mutex_);
  for (auto known = peers_.find(number); known != peers_.end(); known = peers_.find(number)) {
    if (is(known->second)) return number;
    if (++number == 0) number = 1;
  }
  if (peers_.size() >= kMostPeers) return std::nullopt;
  peers_.emplace(number, Peer{std::string(name), std::string(profile)});
  return number;
}

std::optional<Peer> StreamCommons::peer(std::uint32_t number) const {
  const std::shared_lock lock(mutex_);
  const auto known = peers_.find(number);
  return known == peers_.end() ? std::nullopt : std::optional(known->second);
}

std::optional<std::uint32_t> StreamCommons::known(std::string_view name, std::string_view profile) const {
  const auto number = number_of(name, profile);
  const std::shared_lock lock(mutex_);
  const auto found = peers_.find(number);
  const bool same =
      found != peers_.end() && iequals(found->second.name, name) && found->second.profile == profile;
  return same ? std::optional(number) : std::nullopt;
}

StreamCommons::Admission StreamCommons::admit(const domain::IpAddress& source) {
  const std::unique_lock lock(mutex_);
  if (connections_ >= limits_.connections) return Admission::TooMany;
  auto& count = by_source_[source];
  if (count >= limits_.per_source) return Admission::TooManyOfSource;
  ++count;
  ++connections_;
  return Admission::Granted;
}

StreamCommons::Admission StreamCommons::admit_own() {
  const std::unique_lock lock(mutex_);
  if (connections_ >= limits_.connections) return Admission::TooMany;
  ++connections_;
  return Admission::Granted;
}

void StreamCommons::release(const domain::IpAddress& source) {
  const std::unique_lock lock(mutex_);
  --connections_;
  const auto count = by_source_.find(source);
  if (count != by_source_.end() && --count->second == 0) by_source_.erase(count);
}

void StreamCommons::release_own() {
  const std::unique_lock lock(mutex_);
  --connections_;
}

void StreamCommons::opened(std::uint64_t connection) {
  const std::unique_lock lock(mutex_);
  alive_.insert(connection);
}

void StreamCommons::closed(std::uint64_t connection) {
  const std::unique_lock lock(mutex_);
  alive_.erase(connection);
}

bool StreamCommons::alive(std::uint64_t connection) const {
  const std::shared_lock lock(mutex_);
  return alive_.contains(connection);
}

}  // namespace warp::sip
