#include "datagram_bio.h"

#include <algorithm>

#include "dtls.h"

namespace warp::media {
namespace {

constexpr long kMtu = static_cast<long>(Dtls::kDatagram);

DatagramPort& port_of(BIO* bio) {
  return *static_cast<DatagramPort*>(BIO_get_data(bio));
}

int bio_write(BIO* bio, const char* data, int size) {
  if (size <= 0) return 0;
  port_of(bio).send_datagram(std::as_bytes(std::span(data, static_cast<std::size_t>(size))));
  return size;
}

int bio_read(BIO* bio, char* data, int size) {
  BIO_clear_retry_flags(bio);
  const auto datagram = port_of(bio).next_datagram();
  if (datagram.empty() || size <= 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  // What is longer than OpenSSL's buffer is no record of its peer's: cut, it fails its check.
  const auto taken = std::min(datagram.size(), static_cast<std::size_t>(size));
  std::transform(datagram.begin(), datagram.begin() + static_cast<std::ptrdiff_t>(taken), data,
                 [](std::byte octet) { return static_cast<char>(octet); });
  return static_cast<int>(taken);
}

long bio_control(BIO*, int command, long, void*) {
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
      return kMtu;
    default:
      return 0;
  }
}

int bio_create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

BIO_METHOD* make_bio_method() {
  auto* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams");
  if (!method) return nullptr;
  BIO_meth_set_write(method, bio_write);
  BIO_meth_set_read(method, bio_read);
  BIO_meth_set_ctrl(method, bio_control);
  BIO_meth_set_create(method, bio_create);
  return method;
}

}  // namespace

BIO* make_datagram_bio(DatagramPort& port) {
  static const std::unique_ptr<BIO_METHOD, FreeBy<BIO_meth_free>> method(make_bio_method());
  auto* bio = method ? BIO_new(method.get()) : nullptr;
  if (bio) BIO_set_data(bio, &port);
  return bio;
}

}  // namespace warp::media
