// One session's first stream, without sockets: what is told of it, and the figures that are left.
#include "quality/look.h"

#include <gtest/gtest.h>

#include "quality/peer_report.h"
#include "quality/shown.h"
#include "relay.h"
#include "support/manual_executor.h"

namespace warp::media {
namespace {

using namespace std::chrono_literals;
using domain::MediaEventKind;

struct LookTest : ::testing::Test {
  LookTest() {
    auto& sides = session.sides.make(0);
    session.events = std::make_shared<EventGate>(executor);
    session.events->observe([this](const domain::MediaEvent& event) { events.push_back(event); });
    session.codecs = {domain::voice_codec("PCMU/8000"), domain::voice_codec("PCMU/8000")};
    auto rates = std::make_shared<domain::ClockRates>();
    (*rates)[0] = 8000;
    for (std::size_t i = 0; i < 2; ++i) {
      sides[i].session = &session;
      sides[i].peer = &sides[1 - i];
      sides[i].in_use = sides[i].expect_rtp = true;
      sides[i].clock_rates = rates;
    }
  }
  Side& side(int i) { return session.sides[0][static_cast<std::size_t>(i)]; }
  // 20 ms of a call: each side that talks sends a packet.
  void pass(std::initializer_list<int> talking, int packets) {
    for (; packets > 0; --packets) {
      now += 20ms;
      ++sequence;
      for (const int i : talking)
        send(i, sequence);
      if (sequence % 20 == 0) look_at_quality(session, settings, now);
    }
    executor.run();
  }
  void send(int i, std::uint16_t number) {
    rtp::Header header;
    header.sequence = number;
    header.timestamp = number * 160u;
    header.ssrc = static_cast<std::uint32_t>(i + 1);
    account(side(i), 172, header,
            {now, std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch())});
  }
  void answer() { session.judged_from = now; }
  domain::LegMedia shown(int i) {
    domain::LegMedia leg;
    leg.packets_received = side(i).counters.packets_received.value();
    show_quality(side(i), session.codecs[static_cast<std::size_t>(i)],
                 session.codecs[static_cast<std::size_t>(1 - i)], leg);
    return leg;
  }

  test::ManualExecutor executor;
  SessionState session;
  QualitySettings settings{5s, 10s, 30s};
  std::vector<domain::MediaEvent> events;
  Monotonic now{1h};
  std::uint16_t sequence = 0;
};

TEST_F(LookTest, OneSideThatIsNotHeardIsToldOnceAndAgainWhenItComes) {
  answer();
  pass({0}, 480);
  EXPECT_TRUE(events.empty()) << "9.6 s";
  pass({0}, 200);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, MediaEventKind::Unheard);
  EXPECT_EQ(events[0].side, domain::MediaSide::B);
  EXPECT_GE(events[0].duration, 10s);
  pass({0, 1}, 100);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1].kind, MediaEventKind::HeardAgain);
  EXPECT_NEAR(*shown(1).quality->one_way_ms, 13'200, 400);
  EXPECT_FALSE(shown(0).quality->one_way_ms);
  pass({0}, 700);
  EXPECT_EQ(events.size(), 3u);
  EXPECT_NEAR(*shown(1).quality->one_way_ms, 13'200 + 14'000, 800) << "times add up";
}

TEST_F(LookTest, NobodyIsMissedBeforeTheAnswerOnHoldOrWhenNobodyTalks) {
  pass({0}, 1000);
  EXPECT_TRUE(events.empty()) << "early media";
  answer();
  for (int i : {0, 1})
    side(i).expect_rtp = false;
  pass({0}, 1000);
  EXPECT_TRUE(events.empty()) << "hold";
  for (int i : {0, 1})
    side(i).expect_rtp = true;
  session.quiet_from = now;
  pass({}, 1000);
  EXPECT_TRUE(events.empty()) << "neither is heard";
  pass({0}, 480);
  EXPECT_TRUE(events.empty()) << "one is, not for long enough";
  pass({0}, 60);
  EXPECT_EQ(events.size(), 1u);
}

TEST_F(LookTest, SilenceIsToldAndEndsWithASound) {
  answer();
  listen(side(1), Heard::Silence, now);
  pass({0, 1}, 1'480);
  EXPECT_TRUE(events.empty());
  listen(side(1), Heard::Silence, now);
  pass({0, 1}, 40);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, MediaEventKind::Silent);
  EXPECT_EQ(events[0].side, domain::MediaSide::B);
  listen(side(1), Heard::Unknown, now);
  pass({0, 1}, 40);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1].kind, MediaEventKind::HeardAgain);
  EXPECT_NEAR(*shown(1).quality->silent_ms, 30'400, 400);
  EXPECT_FALSE(shown(0).quality->silent_ms);
}

TEST_F(LookTest, StretchesAreScoredAndTheWorstIsKept) {
  answer();
  pass({0, 1}, 260);
  const auto clean = shown(0);
  ASSERT_TRUE(clean.mos_e2);
  EXPECT_EQ(clean.quality->mos_min_e2, clean.mos_e2);
  // One in ten of A's is lost for one stretch.
  for (int i = 0; i < 25; ++i) {
    pass({0, 1}, 9);
    pass({1}, 1);
  }
  pass({0, 1}, 250);
  const auto after = shown(0);
  EXPECT_LT(*after.quality->mos_min_e2, *after.quality->mos_mean_e2);
  EXPECT_LT(*after.quality->mos_mean_e2, *clean.mos_e2);
  EXPECT_EQ(shown(1).quality->mos_min_e2, clean.mos_e2) << "B lost nothing";
  EXPECT_EQ(shown(1).quality->heard_mos_min_e2, after.quality->mos_min_e2) << "but hears A";
}

TEST_F(LookTest, ReportsOfAPeerAreWhatItHears) {
  answer();
  pass({0, 1}, 101);  // 100 expected from each: the first one is under probation
  rtp::ReportBlock block;
  block.ssrc = 1;  // B reports of A
  block.fraction_lost = 26;
  block.cumulative_lost = 10;
  block.jitter = 80;
  note_block(side(1), block, {1, 8000, side(0).received.expected(), false}, now);
  block.ssrc = 77;
  block.cumulative_lost = 99;
  note_block(side(1), block, {1, 8000, 100, false}, now);
  const auto leg = shown(1);
  EXPECT_EQ(leg.quality->remote_lost, 10u);
  EXPECT_EQ(leg.quality->remote_jitter_us, 10'000u);
  EXPECT_EQ(leg.quality->heard_mos_e2, domain::mos_e2({*session.codecs[0], 100'000, 40'000, false}));
  EXPECT_EQ(leg.mos_e2, domain::mos_e2({*session.codecs[0], 0, 20'000, false}));
}

struct Written {
  std::array<std::byte, 128> room{};
  std::size_t size = 0;
  void word(std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8)
      room[size++] = static_cast<std::byte>(value >> shift);
  }
  rtp::RtcpPacket packet() const { return {rtp::RtcpType::ExtendedReport, 0, std::span(room).first(size)}; }
};

TEST_F(LookTest, ExtendedReportsAreKeptAndTheirTimesMakeARoundTrip) {
  const ReportedStream of_a{1, 8000, 100, false}, of_b{2, 8000, 100, false};
  Written told;
  for (const std::uint32_t word : {2u, 0x07000008u, 1u, 0x0d050000u, 0x00640fa0u, 0x0050003cu, 0x10u,
                                   0x557f2a29u, 0xc0000028u, 0x0064012cu})
    told.word(word);
  note_extended(side(1), told.packet(), of_a, now);
  const auto quality = shown(1).quality;
  EXPECT_EQ(quality->xr_loss_e4, 13 * 10'000u / 256);
  EXPECT_EQ(quality->xr_discard_e4, 5 * 10'000u / 256);
  EXPECT_EQ(quality->xr_mos_lq_e2, 420u);
  EXPECT_EQ(quality->xr_mos_cq_e2, 410u);
  EXPECT_EQ(quality->xr_r_factor, 85u);
  EXPECT_EQ(quality->xr_end_system_ms, 60u);
  EXPECT_EQ(quality->xr_buffer_ms, 40u);
  EXPECT_TRUE(side(1).quality.conceals);
  EXPECT_FALSE(shown(0).quality->xr_r_factor);
  // Of another stream: not kept.
  note_extended(side(0), told.packet(), of_b, now);
  EXPECT_FALSE(shown(0).quality->xr_r_factor);

  // A's time is passed to B, which holds it for half a second and answers after 580 ms.
  Written time, answer;
  for (const std::uint32_t word : {1u, 0x04000002u, 0x11112222u, 0x33334444u})
    time.word(word);
  note_extended(side(0), time.packet(), of_b, now);
  for (const std::uint32_t word : {2u, 0x05000003u, 1u, 0x22223333u, 0x8000u})
    answer.word(word);
  note_extended(side(1), answer.packet(), of_a, now + 580ms);
  EXPECT_EQ(shown(1).quality->rtt_mean_us, 80'000u);
  EXPECT_EQ(side(1).counters.rtt_us.value(), 80'000u);
}

}  // namespace
}  // namespace warp::media
