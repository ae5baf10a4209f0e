#include "warp/base/checked.h"

#include <gtest/gtest.h>

#include "warp/base/bytes.h"
#include "warp/base/text.h"

namespace warp {
namespace {

TEST(ParseNumber, WholeTextWithinBounds) {
  EXPECT_EQ(parse_number<std::uint8_t>("255"), 255);
  EXPECT_EQ(parse_number<std::int8_t>("-128"), -128);
  EXPECT_EQ(parse_number<std::uint32_t>("0007"), 7u);
  EXPECT_EQ(parse_number<std::uint64_t>("18446744073709551615"), ~0ull);
  EXPECT_EQ(parse_number<int>("5", 1, 5), 5);
  for (const auto* text :
       {"", "256", "-1", "+1", " 1", "1 ", "0x1", "1.0", "1e1", "99999999999999999999", "a"})
    EXPECT_EQ(parse_number<std::uint8_t>(text), std::nullopt) << text;
  EXPECT_EQ(parse_number<int>("6", 1, 5), std::nullopt);
  EXPECT_EQ(parse_number<int>("0", 1, 5), std::nullopt);
  EXPECT_EQ(parse_number<int>(std::string_view("1\0", 2)), std::nullopt);
}

TEST(Narrow, OnlyWhatFits) {
  EXPECT_EQ(narrow<std::uint8_t>(255), 255);
  EXPECT_EQ(narrow<std::uint8_t>(256), std::nullopt);
  EXPECT_EQ(narrow<std::uint8_t>(-1), std::nullopt);
  EXPECT_EQ(narrow<std::int64_t>(~0ull), std::nullopt);
}

TEST(ByteReader, ReadsNetworkOrderAndStopsAtTheEnd) {
  constexpr std::string_view text = "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a";
  ByteReader reader(as_bytes(text));
  EXPECT_EQ(reader.u8(), 0x01);
  EXPECT_EQ(reader.u16(), 0x0203);
  EXPECT_EQ(reader.u24(), 0x040506u);
  EXPECT_EQ(reader.remaining(), 4u);
  EXPECT_EQ(reader.u32(), 0x0708090au);
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(reader.u8(), 0);
  EXPECT_FALSE(reader.ok());
  EXPECT_TRUE(reader.bytes(0).empty());
  EXPECT_FALSE(reader.ok());
}

TEST(ByteReader, ReadPastTheEndTakesNothing) {
  ByteReader reader(as_bytes("\x01\x02\x03"));
  EXPECT_EQ(reader.u32(), 0u);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.remaining(), 0u);
  ByteReader skipping(as_bytes("abc"));
  skipping.skip(~std::size_t{0});
  EXPECT_FALSE(skipping.ok());
  EXPECT_EQ(skipping.position(), 3u);
}

TEST(ByteWriter, NeverGrowsPastItsSpan) {
  std::array<std::byte, 7> out{};
  ByteWriter writer(out);
  writer.u32(0x01020304);
  writer.u16(0x0506);
  EXPECT_TRUE(writer.ok());
  writer.u16(0x0708);
  EXPECT_FALSE(writer.ok());
  EXPECT_EQ(writer.written().size(), 6u);
  writer.u8(9);
  EXPECT_EQ(out[6], std::byte{0});
  ByteReader reader(writer.written());
  EXPECT_EQ(reader.u32(), 0x01020304u);
}

TEST(Text, AsciiHelpers) {
  EXPECT_TRUE(iequals("Call-ID", "cALL-id"));
  EXPECT_FALSE(iequals("Call-ID", "Call-I"));
  EXPECT_FALSE(iequals("\xC0", "\xE0"));
  EXPECT_EQ(trim(" \t\r\n a b \n"), "a b");
  EXPECT_EQ(trim(" \r\n"), "");
  EXPECT_EQ(to_hex(std::string_view("\x00\x7f\xff", 3)), "007fff");
  EXPECT_EQ(stable_hash(""), 0xcbf29ce484222325ull);
  EXPECT_EQ(stable_hash("a"), 0xaf63dc4c8601ec8cull);
}

}  // namespace
}  // namespace warp
