#include "source_table.h"

#include <algorithm>

namespace warp::routing {

template <class Key>
Key SourceTable::Ranges<Key>::key_of(const domain::IpAddress& address) {
  Key key = 0;
  for (std::size_t i = 0; i < sizeof(Key); ++i)
    key = static_cast<Key>(key << 8 | address.bytes[i]);
  return key;
}

template <class Key>
void SourceTable::Ranges<Key>::emit(Key start, std::uint32_t owner) {
  if (!starts.empty() && starts.back() == start) {
    owners.back() = owner;
    return;
  }
  starts.push_back(start);
  owners.push_back(owner);
}

template <class Key>
void SourceTable::Ranges<Key>::build(std::vector<SourceNetwork> networks) {
  // Outer networks before those inside of them, the preferred of equal ones first.
  std::sort(networks.begin(), networks.end(), [](const SourceNetwork& a, const SourceNetwork& b) {
    if (a.cidr != b.cidr) return a.cidr < b.cidr;
    return a.rank < b.rank;
  });
  struct Open {
    Key last;
    std::uint32_t owner;
  };
  std::vector<Open> open;
  const auto close = [&] {
    const Key last = open.back().last;
    open.pop_back();
    if (last != static_cast<Key>(~Key{0}))
      emit(static_cast<Key>(last + 1), open.empty() ? kNone : open.back().owner);
  };
  emit(0, kNone);
  const domain::Cidr* previous = nullptr;
  for (const auto& network : networks) {
    if (previous && *previous == network.cidr) continue;
    previous = &network.cidr;
    const Key first = key_of(network.cidr.network);
    while (!open.empty() && open.back().last < first)
      close();
    const unsigned host_bits = 8 * sizeof(Key) - network.cidr.length;
    const Key host_mask = host_bits == 8 * sizeof(Key) ? static_cast<Key>(~Key{0})
                                                       : static_cast<Key>((Key{1} << host_bits) - 1);
    open.push_back({static_cast<Key>(first | host_mask), network.owner});
    emit(first, network.owner);
  }
  while (!open.empty())
    close();
}

template <class Key>
std::uint32_t SourceTable::Ranges<Key>::find(Key key) const {
  const auto after = std::upper_bound(starts.begin(), starts.end(), key);
  return after == starts.begin() ? kNone : owners[static_cast<std::size_t>(after - starts.begin()) - 1];
}

SourceTable::SourceTable(std::span<const SourceNetwork> networks) {
  std::vector<SourceNetwork> v4, v6;
  for (const auto& network : networks)
    (network.cidr.network.v6 ? v6 : v4).push_back(network);
  v4_.build(std::move(v4));
  v6_.build(std::move(v6));
}

std::uint32_t SourceTable::find(const domain::IpAddress& address) const {
  return address.v6 ? v6_.find(v6_.key_of(address)) : v4_.find(v4_.key_of(address));
}

}  // namespace warp::routing
