// SourceTable: the longest network that holds an address. Networks are flattened into disjoint ranges when
// built, so that a lookup is one binary search however they nest.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "warp/domain/address.h"

namespace warp::routing {

struct SourceNetwork {
  domain::Cidr cidr;
  std::uint32_t owner = 0;  // the caller's number for who it is
  std::uint32_t rank = 0;   // of two with the same network the lower rank wins
};

class SourceTable {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  SourceTable() = default;
  explicit SourceTable(std::span<const SourceNetwork> networks);
  std::uint32_t find(const domain::IpAddress& address) const;  // owner or kNone

 private:
  __extension__ using Key6 = unsigned __int128;
  template <class Key>
  struct Ranges {
    std::vector<Key> starts;
    std::vector<std::uint32_t> owners;

    void build(std::vector<SourceNetwork> networks);
    void emit(Key start, std::uint32_t owner);
    std::uint32_t find(Key key) const;
    static Key key_of(const domain::IpAddress& address);
  };

  Ranges<std::uint32_t> v4_;
  Ranges<Key6> v6_;
};

}  // namespace warp::routing
