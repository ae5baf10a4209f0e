#include "warp/rtp/writer.h"

#include <array>

#include <gtest/gtest.h>

namespace warp::rtp {
namespace {

constexpr Header kWritten{
    .marker = true, .payload_type = 101, .sequence = 0xfffe, .timestamp = 0x80000001, .ssrc = 0xdeadbeef};

TEST(RtpWriter, WhatIsWrittenParsesToTheSame) {
  std::array<std::byte, 32> out{};
  const std::array<std::byte, 3> body = {std::byte{1}, std::byte{2}, std::byte{3}};
  ASSERT_EQ(write_packet(kWritten, body, out), 15u);
  const auto packet = std::span<const std::byte>(out).first(15);
  const auto header = parse_header(packet);
  ASSERT_TRUE(header);
  EXPECT_TRUE(header->marker);
  EXPECT_EQ(header->payload_type, 101);
  EXPECT_EQ(header->sequence, 0xfffe);
  EXPECT_EQ(header->timestamp, 0x80000001u);
  EXPECT_EQ(header->ssrc, 0xdeadbeefu);
  EXPECT_TRUE(std::ranges::equal(*payload(packet, *header), body));
}

TEST(RtpWriter, WhatItDoesNotWriteItDoesNotClaim) {
  auto header = kWritten;
  header.padding = header.extension = true;
  header.csrc_count = 3;
  header.payload_type = 0xff;
  std::array<std::byte, 12> out{};
  ASSERT_EQ(write_header(header, out), 12u);
  EXPECT_EQ(out[0], std::byte{0x80});
  EXPECT_EQ(parse_header(out)->payload_type, 0x7f);
}

TEST(RtpWriter, RefusesRoomThatIsTooSmall) {
  std::array<std::byte, 14> out{};
  EXPECT_EQ(write_header(kWritten, std::span(out).first(11)), 0u);
  EXPECT_EQ(write_packet(kWritten, std::array<std::byte, 3>{}, out), 0u);
  EXPECT_EQ(write_packet(kWritten, std::array<std::byte, 2>{}, out), 14u);
}

TEST(RtpWriter, ThePayloadMayLieInItsPlace) {
  std::array<std::byte, 14> out{};
  out[12] = std::byte{7};
  out[13] = std::byte{8};
  EXPECT_EQ(write_packet(kWritten, std::span<const std::byte>(out).subspan(12), out), 14u);
  EXPECT_EQ(out[12], std::byte{7});
  EXPECT_EQ(out[13], std::byte{8});
}

}  // namespace
}  // namespace warp::rtp
