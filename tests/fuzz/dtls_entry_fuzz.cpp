// Bytes into a DTLS server: datagrams, each behind two octets of length and one that says from whom. Whatever
// they are, there are no keys without the peer's certificate.
#include "warp/base/bytes.h"

#include "check.h"
#include "secure/dtls.h"

namespace {

struct Silence final : warp::media::Dtls::Out {
  std::size_t sent = 0;
  void datagram(std::span<const std::byte> octets) override {
    FUZZ_CHECK(octets.size() <= warp::media::Dtls::kDatagram);
    ++sent;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace warp;
  static const auto identity = media::DtlsIdentity::make();
  const domain::DtlsTerms terms{false, "sha-256", std::vector<std::byte>(32)};
  Monotonic now{std::chrono::seconds(1000)};
  const auto dtls = media::Dtls::make(identity, terms, now);
  FUZZ_CHECK(dtls);
  Silence out;
  ByteReader reader(std::as_bytes(std::span(data, size)));
  while (reader.remaining() > 3) {
    const std::size_t length = reader.u16();
    const unsigned from = reader.u8();
    const domain::SocketAddress source{domain::IpAddress::v4(0x0a000000u + from % 4), 4000};
    dtls->receive(reader.bytes(std::min(length, reader.remaining())), source, out, now);
    now += std::chrono::milliseconds(from);
    dtls->tick(out, now);
    FUZZ_CHECK(dtls->state() != media::Dtls::State::Done);
  }
  return 0;
}
