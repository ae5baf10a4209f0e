// The kernel program over packets, by BPF_PROG_TEST_RUN.
#include "kernel/program.h"

#include <algorithm>
#include <bpf/bpf.h>
#include <linux/pkt_cls.h>

#include <gtest/gtest.h>

#include "kernel/flow_codec.h"
#include "packets.h"
#include "support/network_namespace.h"

namespace warp::media::testing {
namespace {

struct KernelProgramTest : ::testing::Test {
  static constexpr std::uint32_t kFlow = 3;

  void SetUp() override {
    if (!files.ok()) GTEST_SKIP() << "no bpf file system may be mounted here";
    std::string why;
    program = KernelProgram::load(files.pins(), 16, why);
    if (!program) GTEST_SKIP() << why;
  }
  void TearDown() override {
    if (program) program->withdraw();
  }
  void install(const KernelFlow& flow, const Route& route) {
    const auto key = key_of(flow.local);
    const auto value = value_of(flow, route, kFlow);
    program->count(kFlow) = {};
    ASSERT_EQ(bpf_map_update_elem(program->flows(), &key, &value, BPF_ANY), 0);
  }
  int run(Frame& frame) {
    int verdict = -100;
    EXPECT_TRUE(program->run(std::as_writable_bytes(std::span(frame)), verdict));
    return verdict;
  }
  void expect_passed(Frame frame, const char* what) {
    const auto before = frame;
    EXPECT_EQ(run(frame), TC_ACT_UNSPEC) << what;
    EXPECT_EQ(frame, before) << what;
    EXPECT_EQ(program->count(kFlow).packets, 0u) << what;
  }

  test::BpfFileSystem files;
  std::unique_ptr<KernelProgram> program;
  const KernelFlow v4{
      at("192.0.2.1:10000"), at("198.51.100.7:4000"), at("192.0.2.2:10002"), at("203.0.113.9:6000"), 46,
      std::uint8_t{101}};
  const Route way4{1, at("192.0.2.254:1").ip, 1500, false};
  const KernelFlow v6{at("[2001:db8::1]:10000"),
                      at("[2001:db8:a::7]:4000"),
                      at("[2001:db8::2]:10002"),
                      at("[2001:db8:b::9]:6000"),
                      46,
                      std::nullopt};
  const Route way6{1, at("[fe80::1]:1").ip, 1500, false};
};

TEST_F(KernelProgramTest, RewritesAnIpv4PacketAndKeepsBothChecksumsRight) {
  install(v4, way4);
  auto frame = udp_frame(v4.source, v4.local, rtp(7));
  ASSERT_EQ(udp_sum(frame), 0xffff);
  EXPECT_EQ(run(frame), TC_ACT_REDIRECT);
  EXPECT_EQ(ip_sum(frame), 0xffff);
  EXPECT_EQ(udp_sum(frame), 0xffff);
  auto expected = udp_frame(v4.from, v4.destination, rtp(7), 63);
  expected[kIp + 1] = 46 << 2;
  frame[kIp + 10] = expected[kIp + 10];  // the sums were looked at above
  frame[kIp + 11] = expected[kIp + 11];
  EXPECT_EQ(frame, expected);
}

TEST_F(KernelProgramTest, LeavesAnIpv4ChecksumThatIsNotThereOut) {
  install(v4, way4);
  auto frame = udp_frame(v4.source, v4.local, rtp(7));
  put16(frame, udp_at(frame) + 6, 0);
  EXPECT_EQ(run(frame), TC_ACT_REDIRECT);
  EXPECT_EQ(get16(frame, udp_at(frame) + 6), 0);
}

TEST_F(KernelProgramTest, RewritesAnIpv6PacketAndKeepsItsChecksumRight) {
  install(v6, way6);
  auto frame = udp_frame(v6.source, v6.local, rtp(7));
  EXPECT_EQ(run(frame), TC_ACT_REDIRECT);
  EXPECT_EQ(udp_sum(frame), 0xffff);
  auto expected = udp_frame(v6.from, v6.destination, rtp(7), 63);
  expected[kIp] = 0x60 | (46 << 2) >> 4;
  expected[kIp + 1] = static_cast<std::uint8_t>(46 << 6);
  EXPECT_EQ(frame, expected);
}

TEST_F(KernelProgramTest, DeliversALocalFlowHere) {
  Route here = way4;
  here.local = true;
  install(v4, here);
  auto frame = udp_frame(v4.source, v4.local, rtp(7), 1 + 1);
  EXPECT_EQ(run(frame), TC_ACT_OK);
  EXPECT_EQ(frame[kIp + 8], 2);
  EXPECT_EQ(ip_sum(frame), 0xffff);
}

TEST_F(KernelProgramTest, PassesWhateverIsNotTheFlowsOwnRtp) {
  install(v4, way4);
  const auto good = udp_frame(v4.source, v4.local, rtp(7));
  auto from = v4.source;
  from.port = 4002;
  expect_passed(udp_frame(from, v4.local, rtp(7)), "another port of the source");
  expect_passed(udp_frame(at("198.51.100.8:4000"), v4.local, rtp(7)), "another source");
  expect_passed(udp_frame(v4.source, at("192.0.2.1:10004"), rtp(7)), "another port of ours");
  expect_passed(udp_frame(v4.source, v4.local, rtp(7, 101)), "telephone-event");
  expect_passed(udp_frame(v4.source, v4.local, rtp(7, 0x80 | 101)), "telephone-event with the marker");
  for (const int type : {192, 200, 207, 223})
    expect_passed(udp_frame(v4.source, v4.local, rtp(7, static_cast<std::uint8_t>(type))), "RTCP");
  auto other = rtp(7);
  other[0] = 0x00;
  expect_passed(udp_frame(v4.source, v4.local, other), "STUN");
  other[0] = 22;
  expect_passed(udp_frame(v4.source, v4.local, other), "DTLS");
  expect_passed(udp_frame(v4.source, v4.local, Frame(11, 0x80)), "a runt");
  other = rtp(7);
  other.resize(20);
  other[0] = 0x8f;
  expect_passed(udp_frame(v4.source, v4.local, other), "more CSRCs than there is room for");
  expect_passed(udp_frame(v4.source, v4.local, rtp(7), 1), "its last hop");
  expect_passed(udp_frame(v4.source, v4.local, Frame(1480, 0x80)), "more than the way out takes");
  auto frame = good;
  frame[kIp] = 0x46;
  expect_passed(frame, "IP options");
  frame = good;
  frame[kIp + 6] = 0x20;
  expect_passed(frame, "the first fragment");
  frame = good;
  frame[kIp + 7] = 1;
  expect_passed(frame, "a later fragment");
  frame = good;
  frame[kIp + 9] = 6;
  expect_passed(frame, "TCP");
  frame = good;
  put16(frame, kIp + 2, good.size() - kIp + 1);
  expect_passed(frame, "a length beyond the frame");
  frame = good;
  put16(frame, udp_at(frame) + 4, 60);
  expect_passed(frame, "a UDP length that is not the datagram's");
  frame = good;
  frame[0] = 0x02;
  expect_passed(frame, "for another machine");
}

TEST_F(KernelProgramTest, PassesIpv6WithoutChecksumAndExtensionHeaders) {
  install(v6, way6);
  auto frame = udp_frame(v6.source, v6.local, rtp(7));
  put16(frame, udp_at(frame) + 6, 0);
  expect_passed(frame, "no checksum");
  frame = udp_frame(v6.source, v6.local, rtp(7));
  frame[kIp + 6] = 44;
  expect_passed(frame, "a fragment");
  expect_passed(udp_frame(v6.source, v6.local, rtp(7), 1), "its last hop");
}

TEST_F(KernelProgramTest, CountsPacketsOctetsAndWhatTheSequenceNumbersTell) {
  install(v4, way4);
  for (const int sequence : {65534, 65535, 1, 0, 2}) {
    auto frame = udp_frame(v4.source, v4.local, rtp(static_cast<std::uint16_t>(sequence)));
    ASSERT_EQ(run(frame), TC_ACT_REDIRECT);
  }
  auto counters = counters_of(program->count(kFlow));
  EXPECT_EQ(counters.packets, 5u);
  EXPECT_EQ(counters.octets, 5u * 172);
  EXPECT_EQ(counters.expected, 5u);
  EXPECT_EQ(counters.highest_sequence, 2);
  EXPECT_EQ(counters.ssrc, 0x01020304u);
  EXPECT_GT(counters.last, Monotonic{});
  EXPECT_LE(counters.last, std::chrono::steady_clock::now());

  auto lost_three = udp_frame(v4.source, v4.local, rtp(6));
  run(lost_three);
  EXPECT_EQ(counters_of(program->count(kFlow)).expected, 9u);
  auto anew = udp_frame(v4.source, v4.local, rtp(30000, 0, 9));
  run(anew);
  counters = counters_of(program->count(kFlow));
  EXPECT_EQ(counters.expected, 10u);
  EXPECT_EQ(counters.packets, 7u);
  EXPECT_EQ(counters.ssrc, 9u);
  EXPECT_EQ(counters.out_of_order, 1u);
  EXPECT_EQ(counters.duplicates, 0u);
}

TEST_F(KernelProgramTest, TellsDuplicatesFromLatePackets) {
  install(v4, way4);
  for (const int sequence : {65534, 65534, 2, 0, 0, 65535, 2, 200, 201, 150, 120}) {
    auto frame = udp_frame(v4.source, v4.local, rtp(static_cast<std::uint16_t>(sequence)));
    ASSERT_EQ(run(frame), TC_ACT_REDIRECT);
  }
  const auto counters = counters_of(program->count(kFlow));
  EXPECT_EQ(counters.duplicates, 3u) << "65534, 0 and 2";
  EXPECT_EQ(counters.out_of_order, 4u) << "0, 65535, 150 and 120";
}

TEST_F(KernelProgramTest, ListensToOnePacketInMany) {
  install(v4, way4);
  const auto heard = [&](std::uint16_t sequence, std::uint8_t type, std::uint8_t fill) {
    auto packet = rtp(sequence, type);
    std::fill(packet.begin() + 12, packet.end(), fill);
    auto frame = udp_frame(v4.source, v4.local, packet);
    EXPECT_EQ(run(frame), TC_ACT_REDIRECT);
    return counters_of(program->count(kFlow)).heard;
  };
  EXPECT_EQ(heard(63, 0, 0xff), Heard::Unknown) << "not one of the many";
  EXPECT_EQ(heard(64, 0, 0xff), Heard::Silence);
  EXPECT_EQ(heard(65, 0, 0x12), Heard::Silence) << "of the last that was listened to";
  EXPECT_EQ(heard(128, 0, 0x12), Heard::Sound);
  EXPECT_EQ(heard(192, 8, 0x55), Heard::Silence);
  EXPECT_EQ(heard(256, 9, 0xff), Heard::Unknown);
  EXPECT_EQ(heard(320, 13, 0x40), Heard::Silence);
}

TEST_F(KernelProgramTest, BelongsToOneProcessAtATimeAndIsFoundAgainByTheNext) {
  install(v4, way4);
  std::string why;
  EXPECT_EQ(KernelProgram::load(files.pins(), 16, why), nullptr);
  EXPECT_NE(why.find("another process"), std::string::npos) << why;
  program.reset();
  program = KernelProgram::load(files.pins(), 16, why);
  ASSERT_TRUE(program) << why;
  auto frame = udp_frame(v4.source, v4.local, rtp(7));
  EXPECT_EQ(run(frame), TC_ACT_REDIRECT);
  program.reset();
  program = KernelProgram::load(files.pins(), 32, why);  // another version: its maps begin empty
  ASSERT_TRUE(program) << why;
  frame = udp_frame(v4.source, v4.local, rtp(8));
  EXPECT_EQ(run(frame), TC_ACT_UNSPEC);
}

TEST(KernelProgramPins, MustLieOnABpfFileSystem) {
  std::string pins = (std::filesystem::temp_directory_path() / "warp-pins-XXXXXX").string();
  ASSERT_NE(mkdtemp(pins.data()), nullptr);
  std::string why;
  EXPECT_EQ(KernelProgram::load(pins, 16, why), nullptr);
  EXPECT_FALSE(why.empty());
  EXPECT_TRUE(KernelProgram::remove_leftovers(pins, why)) << why;
  EXPECT_FALSE(std::filesystem::exists(pins));
}

}  // namespace
}  // namespace warp::media::testing
