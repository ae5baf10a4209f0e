#include "warp/hep/packet.h"

#include <gmock/gmock.h>

#include "warp/base/bytes.h"

namespace warp::hep {
namespace {

Packet sample() {
  Packet packet;
  packet.from = {{192, 0, 2, 1}, 5060};
  packet.to = {{198, 51, 100, 2}, 5070};
  packet.seconds = 1'767'225'600;
  packet.microseconds = 123'456;
  packet.capture_id = 2001;
  packet.auth_key = "secret";
  packet.correlation_id = "call@host";
  packet.payload = "OPTIONS sip:a SIP/2.0\r\n\r\n";
  return packet;
}

std::string encoded(const Packet& packet) {
  std::string out;
  EXPECT_TRUE(encode(packet, out));
  return out;
}
std::string error(std::string_view octets) {
  const auto decoded = decode(as_bytes(octets));
  return decoded ? "decoded" : std::string(to_string(decoded.error()));
}

TEST(HepPacket, LooksAsTheSpecificationSays) {
  const std::string out = encoded(sample());
  EXPECT_EQ(out.substr(0, 4), "HEP3");
  EXPECT_EQ(static_cast<std::uint8_t>(out[4]) * 256u + static_cast<std::uint8_t>(out[5]), out.size());
  EXPECT_EQ(out.substr(6, 7), std::string("\0\0\0\1\0\7\2", 7));
  EXPECT_THAT(out, testing::HasSubstr(std::string("\0\0\0\3\0\12\300\0\2\1", 10)));
  EXPECT_THAT(out, testing::HasSubstr(std::string("\0\0\0\7\0\10\23\304", 8)));
  EXPECT_TRUE(out.ends_with(sample().payload));
}

TEST(HepPacket, WhatIsWrittenReadsTheSame) {
  Packet packet = sample();
  std::string out = encoded(packet);
  EXPECT_EQ(*decode(as_bytes(out)), packet);
  packet.v6 = true;
  packet.protocol = 6;
  packet.type = static_cast<std::uint8_t>(Payload::RtcpJson);
  packet.from.address[15] = packet.to.address[14] = 1;
  packet.auth_key = packet.correlation_id = {};
  out = encoded(packet);
  EXPECT_EQ(*decode(as_bytes(out)), packet);
}

TEST(HepPacket, HasLimits) {
  Packet packet = sample();
  const std::string large(kMostOfDatagram, 'x');
  packet.payload = large;
  std::string out = "before";
  EXPECT_FALSE(encode(packet, out));
  EXPECT_EQ(out, "");
  const std::string key(1000, 'k');
  packet.payload = "x";
  packet.auth_key = key;
  out = encoded(packet);
  EXPECT_EQ(decode(as_bytes(out))->auth_key.size(), kLongestText);
}

TEST(HepPacket, SkipsWhatItDoesNotKnow) {
  std::string out = encoded(sample());
  out += std::string("\0\0\0\60\0\7x\0\1\0\3\0\7x", 14);
  out[4] = static_cast<char>(out.size() >> 8);
  out[5] = static_cast<char>(out.size());
  const auto decoded = decode(as_bytes(out));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, sample());
}

TEST(HepPacket, RefusesWhatIsBroken) {
  const std::string good = encoded(sample());
  for (std::size_t cut = 0; cut < good.size(); ++cut)
    EXPECT_NE(error(good.substr(0, cut)), "decoded") << cut;
  EXPECT_EQ(error(good + "x"), "length");
  EXPECT_EQ(error("HEP2" + good.substr(4)), "magic");
  EXPECT_EQ(error(std::string("HEP3\0\6", 6)), "missing");
  std::string bent = good;
  bent[11] = 5;  // shorter than its own head
  EXPECT_EQ(error(bent), "chunk");
}

}  // namespace
}  // namespace warp::hep
