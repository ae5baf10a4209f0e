// StreamCommons: what the stream transports of all shards share: who peers are, how many connections there
// are and which of them live. Thread-safe; asked once a connection or once a request, never per octet.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "warp/domain/address.h"
#include "warp/sip/transport/stream_settings.h"
#include "warp/sip/transport/tls.h"

namespace warp::sip {

// Who must be at the other end of a secure connection: the name that its certificate carries, and the profile
// that says whose word is taken for it.
struct Peer {
  std::string name, profile;
};

class StreamCommons {
 public:
  StreamCommons(const TlsProfiles& tls, const StreamLimits& limits) : tls_(tls), limits_(limits) {}

  const TlsProfiles& tls() const { return tls_; }

  // The number of a peer in Flow::peer: the same in every process for the same name and profile, so that a
  // dialog finds its peer after a restart. nullopt: too many were named.
  std::optional<std::uint32_t> intern(std::string_view name, std::string_view profile);
  std::optional<Peer> peer(std::uint32_t number) const;
  // What intern() gave them before.
  std::optional<std::uint32_t> known(std::string_view name, std::string_view profile) const;

  enum class Admission : std::uint8_t { Granted, TooMany, TooManyOfSource };
  Admission admit(const domain::IpAddress& source);
  Admission admit_own();  // one that we open
  void release(const domain::IpAddress& source);
  void release_own();

  void opened(std::uint64_t connection);
  void closed(std::uint64_t connection);
  bool alive(std::uint64_t connection) const;

 private:
  const TlsProfiles& tls_;
  const StreamLimits limits_;
  mutable std::shared_mutex mutex_;  // guards all below
  std::unordered_map<std::uint32_t, Peer> peers_;
  std::unordered_map<domain::IpAddress, std::uint32_t> by_source_;
  std::unordered_set<std::uint64_t> alive_;
  std::uint32_t connections_ = 0;
};

}  // namespace warp::sip
