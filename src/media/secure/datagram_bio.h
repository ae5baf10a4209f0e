// DatagramPort: what OpenSSL reads from and writes to, a datagram at a time. Private to this section.
#pragma once

#include <cstddef>
#include <span>

#include "openssl_types.h"

namespace warp::media {

class DatagramPort {
 public:
  virtual ~DatagramPort() = default;
  // The datagram that is to be read, once; empty: none.
  virtual std::span<const std::byte> next_datagram() = 0;
  virtual void send_datagram(std::span<const std::byte> octets) = 0;
};

// Of `port`, which must outlive it. Null: no memory.
BIO* make_datagram_bio(DatagramPort& port);

}  // namespace warp::media
