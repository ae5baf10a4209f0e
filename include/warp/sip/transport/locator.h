// Locator: from the host of a SIP URI to the addresses to try, in order (RFC 3263 §4, RFC 2782 for weights).
//
// A numeric host is itself. A port asks for A and AAAA alone. Without a port, a transport that is given asks
// for its SRV; without both, NAPTR says which transports there are and where their SRV are, and when it does
// not, the SRV of every transport that we speak are asked for. A host without any SRV is taken with the
// transport's usual port. `sips` and TLS leave no other transport, and the certificate must carry the host
// that was asked for, not what DNS made of it (RFC 5922 §4).
//
// What has no listener of its family and transport here is left out. Nothing waits for IPv6 longer than for
// IPv4: both are asked for at once.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "warp/base/executor.h"
#include "warp/net/dns.h"
#include "warp/sip/transport/transport.h"

namespace warp::sip {

struct Destination {
  std::string host;
  std::uint16_t port = 0;                              // 0: as DNS says
  std::optional<domain::SipTransport> transport = {};  // nullopt: as DNS says
  bool sips = false;
};

// Which transports and families this node can send by.
class Reach {
 public:
  void add(domain::SipTransport transport, bool v6) { set_[index(transport, v6)] = true; }
  bool has(domain::SipTransport transport, bool v6) const { return set_[index(transport, v6)]; }
  bool has(domain::SipTransport transport) const { return has(transport, false) || has(transport, true); }
  bool family(bool v6) const;
  // As the sender's listeners are.
  static Reach of(MessageSender& sender);

 private:
  static std::size_t index(domain::SipTransport transport, bool v6) {
    return static_cast<std::size_t>(transport) * 2 + (v6 ? 1 : 0);
  }
  std::array<bool, 10> set_{};
};

struct LocatedTarget {
  domain::SocketAddress address;
  domain::SipTransport transport = domain::SipTransport::Udp;
  friend bool operator==(const LocatedTarget&, const LocatedTarget&) = default;
};

struct Located {
  // To be tried in this order. Empty: nothing is there, or nothing that we can reach, or DNS is down and
  // nothing is remembered (`unavailable`).
  std::vector<LocatedTarget> targets;
  bool unavailable = false;
  bool stale = false;  // some of it is beyond its TTL
};

inline constexpr std::size_t kMostTargets = 32;  // of one destination

// What the DNS is known to say; nothing: not asked yet.
class DnsView {
 public:
  virtual ~DnsView() = default;
  virtual net::dns::Lookup find(std::string_view name, net::dns::RecordType type) = 0;
};

struct DnsQuestion {
  std::string name;
  net::dns::RecordType type;
  friend bool operator==(const DnsQuestion&, const DnsQuestion&) = default;
};

// The procedure as a pure function: the targets, or what must be asked first (then `questions` is not
// empty). Whoever asks calls it again with a view that knows more. `random` picks among weights.
Located locate(const Destination& destination, const Reach& reach, std::uint64_t random, DnsView& dns,
               std::vector<DnsQuestion>& questions);

class Locator {
 public:
  explicit Locator(net::dns::Resolver& resolver) : resolver_(resolver) {}

  // Any thread, no wait: nullopt when something must be asked for.
  std::optional<Located> at_once(const Destination& destination, const Reach& reach, std::uint64_t random);
  // Any thread. `done` runs on `where`, once.
  void locate(Destination destination, const Reach& reach, std::uint64_t random, Executor& where,
              std::function<void(Located)> done);

 private:
  net::dns::Resolver& resolver_;
};

}  // namespace warp::sip
