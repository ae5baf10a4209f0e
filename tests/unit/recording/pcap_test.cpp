#include "pcap.h"

#include "recording_kit.h"

namespace warp::recording {
namespace {

// RFC 1071: over what has its checksum in it the sum is all ones.
std::uint32_t folded(std::uint32_t sum) {
  while (sum >> 16)
    sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}
std::uint32_t sum_of(std::span<const std::byte> octets) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < octets.size(); ++i)
    sum += std::to_integer<std::uint32_t>(octets[i]) << (i % 2 == 0 ? 8 : 0);
  return sum;
}

TEST(RecordingPcap, WrapsADatagramAsItWas) {
  const auto origin = origin_of(MediaSide::A);
  const auto record = pcap_record(as_bytes("hello"), origin.source, origin.local,
                                  WallTime(std::chrono::microseconds(5'000'007)));
  ASSERT_EQ(record.size(), 16u + 20 + 8 + 5);
  EXPECT_EQ(little(record, 0, 4), 5u);
  EXPECT_EQ(little(record, 4, 4), 7u);
  EXPECT_EQ(little(record, 8, 4), 33u);
  EXPECT_EQ(little(record, 12, 4), 33u);
  const auto ip = std::span(record).subspan(16);
  EXPECT_EQ(folded(sum_of(ip.first(20))), 0xffffu);
  ByteReader reader(ip);
  EXPECT_EQ(reader.u16(), 0x4500);
  EXPECT_EQ(reader.u16(), 33);
  reader.skip(5);
  EXPECT_EQ(reader.u8(), 17);
  reader.skip(2);
  EXPECT_EQ(reader.u32(), origin.source.ip.to_v4());
  EXPECT_EQ(reader.u32(), origin.local.ip.to_v4());
  EXPECT_EQ(reader.u16(), 4000);
  EXPECT_EQ(reader.u16(), 20000);
  EXPECT_EQ(reader.u16(), 13);
  const auto pseudo = sum_of(ip.subspan(12, 8)) + 17 + 13;
  EXPECT_EQ(folded(pseudo + sum_of(ip.subspan(20))), 0xffffu);
}

TEST(RecordingPcap, WrapsIpv6) {
  const auto origin = origin_of(MediaSide::A, true);
  const auto record = pcap_record(as_bytes("hello!"), origin.source, origin.local, {});
  ASSERT_EQ(record.size(), 16u + 40 + 8 + 6);
  const auto ip = std::span(record).subspan(16);
  EXPECT_EQ(std::to_integer<int>(ip[0]), 0x60);
  EXPECT_EQ(std::to_integer<int>(ip[5]), 14);
  const auto pseudo = sum_of(ip.subspan(8, 32)) + 17 + 14;
  EXPECT_EQ(folded(pseudo + sum_of(ip.subspan(40))), 0xffffu);
}

TEST(RecordingPcap, OnlyWholeRecordsCount) {
  const auto origin = origin_of(MediaSide::B);
  auto records = pcap_record(as_bytes("one"), origin.source, origin.local, {});
  const auto first = records.size();
  const auto second = pcap_record(as_bytes("two"), origin.source, origin.local, {});
  records.insert(records.end(), second.begin(), second.end());
  EXPECT_EQ(whole_records(records), records.size());
  EXPECT_EQ(whole_records(std::span(records).first(records.size() - 1)), first);
  EXPECT_EQ(whole_records(std::span(records).first(first + 15)), first);
  EXPECT_EQ(whole_records({}), 0u);
}

TEST(RecordingPcap, WhatIpCannotCarryIsLeftOut) {
  const auto origin = origin_of(MediaSide::B);
  const std::vector<std::byte> large(65'508);
  EXPECT_TRUE(pcap_record(large, origin.source, origin.local, {}).empty());
}

}  // namespace
}  // namespace warp::recording
