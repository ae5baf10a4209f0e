#include "record.h"

#include <algorithm>

#include "warp/base/bytes.h"

#include "dtls.h"

namespace warp::media {
namespace {

constexpr std::size_t kRecordHeader = 13;
constexpr unsigned kFirstContent = 20, kAlert = 21, kHandshake = 22, kLastContent = 23, kClientHello = 1;

unsigned content_of(std::span<const std::byte> datagram) {
  return std::to_integer<unsigned>(datagram[0]);
}
bool is_plain(std::span<const std::byte> datagram) {
  return ByteReader(datagram.subspan(3)).u16() == 0;  // epoch
}

}  // namespace

bool is_dtls(std::span<const std::byte> datagram) {
  if (datagram.size() <= kRecordHeader) return false;
  ByteReader reader(datagram);
  const unsigned content = reader.u8(), major = reader.u8(), minor = reader.u8();
  reader.skip(8);
  const std::size_t length = reader.u16();
  return content >= kFirstContent && content <= kLastContent && major == 0xfe &&
         (minor == 0xff || minor == 0xfd) && length > 0 && length <= reader.remaining();
}

bool is_plain_alert(std::span<const std::byte> datagram) {
  return content_of(datagram) == kAlert && is_plain(datagram);
}
bool is_handshake(std::span<const std::byte> datagram) {
  return content_of(datagram) == kHandshake;
}

std::optional<HelloSeen> client_hello_in(std::span<const std::byte> datagram) {
  if (!is_handshake(datagram) || !is_plain(datagram)) return std::nullopt;
  ByteReader reader(datagram.subspan(kRecordHeader));
  if (reader.u8() != kClientHello) return std::nullopt;
  const auto length = reader.u24();
  reader.skip(2);
  const auto offset = reader.u24(), part = reader.u24();
  if (!reader.ok() || part > reader.remaining() || offset > length || part > length - offset)
    return std::nullopt;
  HelloSeen seen;
  seen.fragment = part != length;
  if (offset != 0) return seen;
  reader.skip(2);
  const auto random = reader.bytes(seen.random.size());
  std::copy(random.begin(), random.end(), seen.random.begin());
  return seen;
}

}  // namespace warp::media
