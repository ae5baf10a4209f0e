#include "warp/sip/transport/stun.h"

#include <algorithm>
#include <cstdint>

namespace warp::sip {
namespace {

constexpr std::size_t kHeader = 20, kAttributeHeader = 4;
constexpr unsigned kBindingRequest = 0x0001, kBindingSuccess = 0x0101, kXorMappedAddress = 0x0020;
constexpr unsigned kFirstOptional = 0x8000;
constexpr std::string_view kCookie = "\x21\x12\xa4\x42";

unsigned u16(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]) << 8u | static_cast<unsigned char>(text[at + 1]);
}

bool understood(std::string_view attributes) {
  while (attributes.size() >= kAttributeHeader) {
    if (u16(attributes, 0) < kFirstOptional) return false;
    const std::size_t padded = (u16(attributes, 2) + 3u) & ~std::size_t{3};
    if (padded > attributes.size() - kAttributeHeader) return false;
    attributes.remove_prefix(kAttributeHeader + padded);
  }
  return attributes.empty();
}

class Octets {
 public:
  explicit Octets(StunAnswer& answer) : answer_(answer) {}
  void u16(unsigned value) {
    put(static_cast<char>(value >> 8));
    put(static_cast<char>(value));
  }
  void put(char octet) { answer_.octets[answer_.size++] = octet; }
  void text(std::string_view text) {
    for (const char c : text)
      put(c);
  }

 private:
  StunAnswer& answer_;
};

}  // namespace

std::optional<StunAnswer> answer_stun(std::string_view datagram, const domain::SocketAddress& source) {
  if (datagram.size() < kHeader || u16(datagram, 0) != kBindingRequest) return std::nullopt;
  if (datagram.substr(4, 4) != kCookie || u16(datagram, 2) != datagram.size() - kHeader) return std::nullopt;
  if (!understood(datagram.substr(kHeader))) return std::nullopt;
  const std::size_t octets = source.ip.v6 ? 16 : 4;
  const auto mask = datagram.substr(4, 16);  // the cookie and the transaction's id
  StunAnswer answer;
  Octets out(answer);
  out.u16(kBindingSuccess);
  out.u16(static_cast<unsigned>(kAttributeHeader + 4 + octets));
  out.text(mask);
  out.u16(kXorMappedAddress);
  out.u16(static_cast<unsigned>(4 + octets));
  out.u16(source.ip.v6 ? 2 : 1);
  out.u16(source.port ^ u16(mask, 0));
  for (std::size_t i = 0; i < octets; ++i)
    out.put(static_cast<char>(source.ip.bytes[i] ^ static_cast<unsigned char>(mask[i])));
  return answer;
}

}  // namespace warp::sip
