#include "warp/rtp/packet.h"

#include <gtest/gtest.h>

namespace warp::rtp {
namespace {

std::vector<std::byte> bytes(std::initializer_list<unsigned> values) {
  std::vector<std::byte> out;
  for (auto value : values)
    out.push_back(static_cast<std::byte>(value));
  return out;
}

TEST(RtpPacket, ReadsEveryFieldOfAPlainHeader) {
  const auto packet = bytes({0x80, 0x88, 0x12, 0x34, 0, 0, 1, 0x40, 0xde, 0xad, 0xbe, 0xef, 0x55, 0x56});
  const auto header = parse_header(packet);
  ASSERT_TRUE(header);
  EXPECT_TRUE(header->marker);
  EXPECT_FALSE(header->padding);
  EXPECT_EQ(header->payload_type, 8);
  EXPECT_EQ(header->sequence, 0x1234);
  EXPECT_EQ(header->timestamp, 320u);
  EXPECT_EQ(header->ssrc, 0xdeadbeefu);
  const auto body = payload(packet, *header);
  ASSERT_TRUE(body);
  ASSERT_EQ(body->size(), 2u);
  EXPECT_EQ((*body)[0], std::byte{0x55});
}

TEST(RtpPacket, SkipsCsrcListAndExtension) {
  auto packet = bytes({0x92, 0x00, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1});
  for (unsigned i = 0; i < 8; ++i)
    packet.push_back(std::byte{7});  // two CSRCs
  for (auto value : {0xbe, 0xde, 0x00, 0x01, 1, 2, 3, 4, 0x99})
    packet.push_back(static_cast<std::byte>(value));
  const auto header = parse_header(packet);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->csrc_count, 2);
  EXPECT_EQ(header->payload_offset, 28u);
  EXPECT_EQ(payload(packet, *header)->size(), 1u);
}

TEST(RtpPacket, RefusesWhatDoesNotFit) {
  const auto whole = bytes({0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1});
  EXPECT_TRUE(parse_header(whole));
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(parse_header(std::span(whole).first(size)).error(), PacketError::TooShort) << size;
  auto packet = whole;
  packet[0] = std::byte{0x40};
  EXPECT_EQ(parse_header(packet).error(), PacketError::BadVersion);
  packet[0] = std::byte{0x81};
  EXPECT_EQ(parse_header(packet).error(), PacketError::BadCsrc);
  packet[0] = std::byte{0x90};
  EXPECT_EQ(parse_header(packet).error(), PacketError::BadExtension);
  packet.insert(packet.end(), {std::byte{0}, std::byte{0}, std::byte{0}, std::byte{1}});
  EXPECT_EQ(parse_header(packet).error(), PacketError::BadExtension);
  packet.insert(packet.end(), 4, std::byte{0});
  EXPECT_TRUE(parse_header(packet));
}

TEST(RtpPacket, TakesPaddingOffAndRefusesImpossiblePadding) {
  auto packet = bytes({0xa0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 9, 9, 0, 2});
  const auto header = parse_header(packet);
  ASSERT_TRUE(header);
  EXPECT_EQ(payload(packet, *header)->size(), 2u);
  for (unsigned count : {0u, 5u, 255u}) {
    packet.back() = static_cast<std::byte>(count);
    EXPECT_EQ(payload(packet, *header).error(), PacketError::BadPadding) << count;
  }
  packet.back() = std::byte{4};
  EXPECT_TRUE(payload(packet, *header)->empty());
  packet.resize(12);
  EXPECT_EQ(payload(packet, *header).error(), PacketError::BadPadding);
}

TEST(RtpPacket, TellsTheProtocolsOfASharedPortApart) {
  EXPECT_EQ(classify(bytes({0x80, 0x00})), Kind::Rtp);
  EXPECT_EQ(classify(bytes({0xbf, 0xe5})), Kind::Rtp);  // marker + dynamic type 101
  EXPECT_EQ(classify(bytes({0x80, 200})), Kind::Rtcp);
  EXPECT_EQ(classify(bytes({0x81, 192})), Kind::Rtcp);
  EXPECT_EQ(classify(bytes({0x81, 223})), Kind::Rtcp);
  EXPECT_EQ(classify(bytes({0x81, 191})), Kind::Rtp);
  EXPECT_EQ(classify(bytes({0x81, 224})), Kind::Rtp);
  EXPECT_EQ(classify(bytes({0x00, 0x01})), Kind::Stun);
  EXPECT_EQ(classify(bytes({22, 0xfe})), Kind::Dtls);
  EXPECT_EQ(classify(bytes({0x47, 0x45})), Kind::Unknown);
  EXPECT_EQ(classify(bytes({0x80})), Kind::Unknown);
}

}  // namespace
}  // namespace warp::rtp
