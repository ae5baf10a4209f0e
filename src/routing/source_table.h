// SourceTable: the longest network that holds an address and asks for nothing that the message has not.
// Networks are flattened into disjoint ranges when built, so that a lookup is one binary search however they
// nest; where a port or a transport is asked for, a short chain is walked after it, from the most that is
// asked for to the least, then on to the network around.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "warp/domain/address.h"
#include "warp/domain/catalogue.h"

namespace warp::routing {

struct SourceNetwork {
  domain::Cidr cidr;
  std::uint32_t owner = 0;  // the caller's number for who it is
  std::uint32_t rank = 0;   // of two with the same network and match the lower rank wins
  domain::SourceMatch match = {};
};

class SourceTable {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  SourceTable() = default;
  explicit SourceTable(std::span<const SourceNetwork> networks);
  // Owner (below 2^31) or kNone.
  std::uint32_t find(const domain::IpAddress& address, std::uint16_t port, domain::SipTransport by) const {
    const std::uint32_t found = at(address);
    return found < kFirstChoice || found == kNone ? found : choose(found, port, by);
  }
  // The same among networks for which port and transport do not count.
  std::uint32_t find(const domain::IpAddress& address) const;
  // Is the address in any network at all?
  bool holds(const domain::IpAddress& address) const { return at(address) != kNone; }

 private:
  // From here on it is not an owner but the place of a Choice.
  static constexpr std::uint32_t kFirstChoice = 0x80000000;

  struct Choice {
    domain::SourceMatch match;
    std::uint32_t owner;
    std::uint32_t otherwise;  // owner, kNone, or another choice
  };

  __extension__ using Key6 = unsigned __int128;
  template <class Key>
  struct Ranges {
    std::vector<Key> starts;
    std::vector<std::uint32_t> owners;

    void build(std::vector<SourceNetwork> networks, std::vector<Choice>& choices);
    void emit(Key start, std::uint32_t owner);
    std::uint32_t find(Key key) const;
    static Key key_of(const domain::IpAddress& address);
  };

  std::uint32_t at(const domain::IpAddress& address) const;
  std::uint32_t choose(std::uint32_t found, std::uint16_t port, domain::SipTransport by) const;
  static std::uint32_t chain(std::span<const SourceNetwork> equal, std::uint32_t around,
                             std::vector<Choice>& choices);

  std::vector<Choice> choices_;
  Ranges<std::uint32_t> v4_;
  Ranges<Key6> v6_;
};

}  // namespace warp::routing
