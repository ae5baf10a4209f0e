#include "warp/rtp/rtcp.h"

#include <random>
#include <set>

#include <gtest/gtest.h>

#include "warp/base/bytes.h"

namespace warp::rtp {
namespace {

using Buffer = std::vector<std::byte>;

void put(Buffer& out, std::initializer_list<std::uint32_t> words) {
  for (auto word : words)
    for (int shift = 24; shift >= 0; shift -= 8)
      out.push_back(static_cast<std::byte>(word >> shift));
}

// SR with one block, SDES with a CNAME "ab", BYE with a reason.
Buffer compound() {
  Buffer out;
  put(out, {0x81c8000c, 0xaaaa0001, 0x00010002, 0x80000000, 160, 7, 1120});
  put(out, {0xbbbb0002, 0x40fffffe, 0x00010005, 33, 0x12345678, 0x00008000});
  put(out, {0x81ca0003, 0xaaaa0001, 0x01026162, 0x00000000});
  put(out, {0x81cb0002, 0xaaaa0001, 0x03627965});
  return out;
}

TEST(Rtcp, WalksACompoundPacket) {
  const auto data = compound();
  auto parsed = RtcpCompound::parse(data);
  ASSERT_TRUE(parsed);

  const auto sr = parsed->next();
  ASSERT_TRUE(sr);
  EXPECT_EQ(sr->type, RtcpType::SenderReport);
  const auto report = parse_report(*sr);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->ssrc, 0xaaaa0001u);
  ASSERT_TRUE(report->sender);
  EXPECT_EQ(report->sender->ntp_middle(), 0x00028000u);
  EXPECT_EQ(report->sender->packets, 7u);
  EXPECT_EQ(report->sender->octets, 1120u);
  ASSERT_EQ(report->block_count, 1);
  const auto block = report->block(0);
  EXPECT_EQ(block.ssrc, 0xbbbb0002u);
  EXPECT_EQ(block.fraction_lost, 0x40);
  EXPECT_EQ(block.cumulative_lost, -2);
  EXPECT_EQ(block.highest_sequence, 0x00010005u);
  EXPECT_EQ(block.jitter, 33u);
  EXPECT_EQ(block.last_sr, 0x12345678u);
  EXPECT_EQ(block.delay_since_last_sr, 0x8000u);

  const auto sdes = parsed->next();
  ASSERT_TRUE(sdes);
  const auto cname = parse_cname(*sdes);
  ASSERT_TRUE(cname);
  ASSERT_TRUE(cname->has_value());
  EXPECT_EQ((*cname)->text, "ab");
  EXPECT_EQ((*cname)->ssrc, 0xaaaa0001u);

  const auto bye_packet = parsed->next();
  ASSERT_TRUE(bye_packet);
  const auto bye = parse_bye(*bye_packet);
  ASSERT_TRUE(bye);
  ASSERT_EQ(bye->source_count, 1);
  EXPECT_EQ(bye->source(0), 0xaaaa0001u);
  EXPECT_EQ(bye->reason, "bye");
  EXPECT_FALSE(parsed->next());
}

TEST(Rtcp, ReadsAppAndPassesOverExtendedReports) {
  Buffer data;
  put(data, {0x80c90001, 1});              // empty RR
  put(data, {0x80cf0002, 1, 0x04000000});  // XR
  put(data, {0x85cc0003, 9, 0x77617270, 0xcafebabe});
  auto parsed = RtcpCompound::parse(data);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parse_report(*parsed->next())->block_count, 0);
  const auto xr = parsed->next();
  EXPECT_EQ(xr->type, RtcpType::ExtendedReport);
  EXPECT_EQ(parse_report(*xr).error(), RtcpError::BadType);
  const auto app_packet = parsed->next();
  const auto app = parse_app(*app_packet);
  ASSERT_TRUE(app);
  EXPECT_EQ(app_packet->count, 5);
  EXPECT_EQ(std::string_view(app->name.data(), 4), "warp");
  EXPECT_EQ(app->data.size(), 4u);
}

TEST(Rtcp, EveryTruncationIsAnErrorOrAWholeShorterChain) {
  const auto data = compound();
  const std::set<std::size_t> ends{52, 68, 80};
  ASSERT_EQ(data.size(), 80u);
  for (std::size_t size = 0; size <= data.size(); ++size)
    EXPECT_EQ(RtcpCompound::parse(std::span(data).first(size)).has_value(), ends.contains(size)) << size;
}

TEST(Rtcp, CountsThatPromiseMoreThanThePacketHoldsAreRefused) {
  Buffer rr;
  put(rr, {0x9fc90001, 1});
  auto parsed = RtcpCompound::parse(rr);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parse_report(*parsed->next()).error(), RtcpError::BadLength);
  Buffer bye;
  put(bye, {0x81cb0002, 1, 0x09616263});
  EXPECT_EQ(parse_bye(*RtcpCompound::parse(bye)->next()).error(), RtcpError::BadLength);
  Buffer sdes;
  put(sdes, {0x82ca0002, 1, 0x01ff6162});
  EXPECT_EQ(parse_cname(*RtcpCompound::parse(sdes)->next()).error(), RtcpError::BadLength);
}

TEST(Rtcp, PaddingOnlyOnTheLastPacketAndInsideIt) {
  Buffer last;
  put(last, {0x80c90001, 1, 0xa0c90002, 1, 0x00000004});
  auto parsed = RtcpCompound::parse(last);
  ASSERT_TRUE(parsed);
  parsed->next();
  EXPECT_EQ(parsed->next()->body.size(), 4u);
  Buffer first;
  put(first, {0xa0c90002, 1, 0x00000004, 0x80c90001, 1});
  EXPECT_EQ(RtcpCompound::parse(first).error(), RtcpError::BadPadding);
  Buffer longer;
  put(longer, {0xa0c90002, 1, 0x0000000c});
  EXPECT_EQ(RtcpCompound::parse(longer).error(), RtcpError::BadPadding);
}

TEST(Rtcp, RandomBytesNeverReadOutside) {
  std::mt19937 random(7);
  for (int round = 0; round < 20000; ++round) {
    Buffer data(random() % 96);
    for (auto& byte : data)
      byte = static_cast<std::byte>(random());
    if (data.size() >= 4) {
      data[0] = static_cast<std::byte>(0x80 | (random() & 0x3f));
      data[1] = static_cast<std::byte>(200 + random() % 8);
      data[2] = std::byte{0};
      data[3] = static_cast<std::byte>(random() % 16);
    }
    auto parsed = RtcpCompound::parse(data);
    if (!parsed) continue;
    std::size_t packets = 0;
    while (const auto packet = parsed->next()) {
      ++packets;
      const auto report = parse_report(*packet);
      for (std::size_t i = 0; report && i < report->block_count; ++i) {
        EXPECT_LE(report->block(i).cumulative_lost, 0x7fffff);
      }
      (void)parse_bye(*packet);
      (void)parse_app(*packet);
      (void)parse_cname(*packet);
    }
    EXPECT_GE(packets, 1u);
  }
}

}  // namespace
}  // namespace warp::rtp
