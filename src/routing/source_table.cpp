#include "source_table.h"

#include <algorithm>

namespace warp::routing {
namespace {

// Of two rows of one network the one that asks for more is looked at first, and a port says more than a
// transport.
int strictness(const domain::SourceMatch& match) {
  return (match.port != 0 ? 2 : 0) + (match.transport ? 1 : 0);
}

}  // namespace

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
void SourceTable::Ranges<Key>::build(std::vector<SourceNetwork> networks, std::vector<Choice>& choices) {
  // Outer networks before those inside of them, the preferred of equal ones first.
  std::sort(networks.begin(), networks.end(), [](const SourceNetwork& a, const SourceNetwork& b) {
    if (a.cidr != b.cidr) return a.cidr < b.cidr;
    const int asks_a = strictness(a.match), asks_b = strictness(b.match);
    return asks_a != asks_b ? asks_a > asks_b : a.rank < b.rank;
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
  for (std::size_t i = 0, next = 0; i < networks.size(); i = next) {
    const auto& network = networks[i];
    while (next < networks.size() && networks[next].cidr == network.cidr)
      ++next;
    const Key first = key_of(network.cidr.network);
    while (!open.empty() && open.back().last < first)
      close();
    const unsigned host_bits = 8 * sizeof(Key) - network.cidr.length;
    const Key host_mask = host_bits == 8 * sizeof(Key) ? static_cast<Key>(~Key{0})
                                                       : static_cast<Key>((Key{1} << host_bits) - 1);
    const std::uint32_t owner =
        chain(std::span(networks).subspan(i, next - i), open.empty() ? kNone : open.back().owner, choices);
    open.push_back({static_cast<Key>(first | host_mask), owner});
    emit(first, owner);
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
  v4_.build(std::move(v4), choices_);
  v6_.build(std::move(v6), choices_);
}

std::uint32_t SourceTable::at(const domain::IpAddress& address) const {
  return address.v6 ? v6_.find(v6_.key_of(address)) : v4_.find(v4_.key_of(address));
}

// What a message that is in the network finds: its first row, or a chain through those that ask for
// something.
std::uint32_t SourceTable::chain(std::span<const SourceNetwork> equal, std::uint32_t around,
                                 std::vector<Choice>& choices) {
  const auto any = std::find_if(equal.begin(), equal.end(), [](const auto& row) { return row.match.any(); });
  std::uint32_t found = any == equal.end() ? around : any->owner;
  for (auto row = any; row != equal.begin();) {
    --row;
    choices.push_back({row->match, row->owner, found});
    found = kFirstChoice + static_cast<std::uint32_t>(choices.size() - 1);
  }
  return found;
}

std::uint32_t SourceTable::choose(std::uint32_t found, std::uint16_t port, domain::SipTransport by) const {
  while (found >= kFirstChoice && found != kNone) {
    const Choice& choice = choices_[found - kFirstChoice];
    found = choice.match.fits(port, by) ? choice.owner : choice.otherwise;
  }
  return found;
}

std::uint32_t SourceTable::find(const domain::IpAddress& address) const {
  std::uint32_t found = at(address);
  while (found >= kFirstChoice && found != kNone)
    found = choices_[found - kFirstChoice].otherwise;
  return found;
}

}  // namespace warp::routing
