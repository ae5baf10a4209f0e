#include "app/local_addresses.h"

#include "warp/net/udp_socket.h"

namespace warp::app {
namespace {

void check_address(const domain::IpAddress& address, const char* key, const std::string& file,
                   std::vector<ConfigFault>& faults) {
  const auto socket = net::UdpSocket::open(domain::SocketAddress{address, 0});
  if (!socket)
    faults.push_back(
        {file, 0, key,
         "binds " + address.to_string() + ", which cannot be bound: " + socket.error().message(),
         "use an address of this machine (ip address show); what peers reach goes to advertise"});
}

}  // namespace

std::vector<ConfigFault> check_local_addresses(const Config& config, const std::string& file) {
  std::vector<ConfigFault> faults;
  for (const auto& listener : config.sip.listeners)
    check_address(listener.bind.ip, "sip.listeners", file, faults);
  for (const auto& interface : config.media.interfaces)
    check_address(interface.bind, "media.interfaces", file, faults);
  return faults;
}

}  // namespace warp::app
