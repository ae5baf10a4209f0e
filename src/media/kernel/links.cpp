#include <algorithm>
#include <cstring>
#include <ifaddrs.h>
#include <memory>
#include <net/if.h>
#include <netinet/in.h>

#include "routes.h"

namespace warp::media {
namespace {

// The whole of 127/8 belongs to the interface that has 127.0.0.1.
bool has_address(const ifaddrs& entry, const domain::IpAddress& ip) {
  if (entry.ifa_addr == nullptr || entry.ifa_addr->sa_family != (ip.v6 ? AF_INET6 : AF_INET)) return false;
  if (ip.v6) {
    sockaddr_in6 own{};
    std::memcpy(&own, entry.ifa_addr, sizeof own);
    return std::memcmp(&own.sin6_addr, ip.bytes.data(), 16) == 0;
  }
  sockaddr_in own{};
  std::memcpy(&own, entry.ifa_addr, sizeof own);
  if ((entry.ifa_flags & IFF_LOOPBACK) != 0 && ip.bytes[0] == 127) return true;
  return std::memcmp(&own.sin_addr, ip.bytes.data(), 4) == 0;
}

}  // namespace

std::vector<MediaLink> links_of(const std::vector<domain::IpAddress>& addresses,
                                std::optional<domain::IpAddress>& missing) {
  std::vector<MediaLink> links;
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) first = nullptr;
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(first, &freeifaddrs);
  for (const auto& ip : addresses) {
    const ifaddrs* entry = first;
    while (entry != nullptr && !has_address(*entry, ip))
      entry = entry->ifa_next;
    if (entry == nullptr) {
      if (!missing) missing = ip;
      continue;
    }
    const unsigned index = if_nametoindex(entry->ifa_name);
    const auto known = [index](const MediaLink& link) { return link.index == index; };
    if (index != 0 && std::none_of(links.begin(), links.end(), known))
      links.push_back({index, entry->ifa_name, (entry->ifa_flags & IFF_LOOPBACK) != 0});
  }
  return links;
}

}  // namespace warp::media
