// The descriptors of a port pair, and addresses in the kernel's form.
#pragma once

#include <cstdint>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>

#include "warp/base/clock.h"
#include "warp/domain/address.h"

namespace warp::media {

class PortPool;
struct Side;

// An address as sendto() wants it. length 0: nowhere.
class Destination {
 public:
  Destination() = default;
  // Nowhere when the port is 0, the IP unspecified (old-style hold) or of the other family.
  Destination(const domain::SocketAddress& address, bool v6);

  friend bool operator==(const Destination& a, const Destination& b) {
    return a.length_ == b.length_ && std::memcmp(&a.address_, &b.address_, a.length_) == 0;
  }
  explicit operator bool() const { return length_ != 0; }
  const sockaddr* data() const { return &address_.any; }
  socklen_t length() const { return length_; }

 private:
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } address_{};
  socklen_t length_ = 0;
};

union SourceBuffer {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};
domain::SocketAddress to_address(const SourceBuffer& source, bool v6);

struct Socket {
  int fd = -1;
  bool rtcp = false;
  bool v6 = false;
  Side* side = nullptr;  // the owning worker's alone; null while no session holds the port
};

// RTP on an even port and RTCP on the next. Made by the pool, watched by one worker's epoll for its whole
// life.
struct PortPair {
  PortPair(std::uint16_t number, bool v6, unsigned worker);
  ~PortPair();
  PortPair(const PortPair&) = delete;
  PortPair& operator=(const PortPair&) = delete;

  enum class Bound : std::uint8_t { Yes, Taken, NoHandles, BadAddress };
  Bound bind(const domain::IpAddress& address, std::uint8_t dscp);

  // Points `fast` at a peer; false: the kernel knows no way there.
  bool connect_fast(const Destination& to);
  void disconnect_fast();

  Socket rtp, rtcp;
  // A second socket on the RTP port, connected to the peer once its address has settled: the kernel keeps the
  // route at hand for it, which saves a tenth of a packet's cost. The first one stays open to all sources, so
  // nothing is refused that the source rules allow. fd -1 when it could not be had.
  Socket fast;
  const std::uint16_t number;
  const unsigned worker;
  PortPool* pool = nullptr;  // where it goes back to
  Monotonic rests_until{};

 private:
  void bind_fast(const domain::IpAddress& address, std::uint8_t dscp);
  bool fast_connected_ = false;
};

}  // namespace warp::media
