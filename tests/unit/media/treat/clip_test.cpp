// Clips instead of what the other side sends, and taps.
#include "treat_fixture.h"

namespace warp::media::testing {
namespace {

using namespace std::chrono_literals;

std::shared_ptr<const domain::MediaClip> clip_of(double hertz, std::uint32_t ms) {
  auto clip = std::make_shared<domain::MediaClip>();
  clip->name = "test";
  clip->sample_rate = 16000;
  clip->samples = audio::sine(hertz, -10, ms, 16000);
  return clip;
}

struct ClipTest : TreatTest {
  void steps(int count, Hearer& hearer) {
    for (int i = 0; i < count; ++i) {
      step();
      hearer.take(a);
    }
  }
};

TEST_F(ClipTest, PlaysToItsEndWhileTheOtherSideIsWithheld) {
  begin(audio_terms({pcma()}, 101), audio_terms({pcma()}, 101));
  Hearer hearer(pcma());
  ASSERT_TRUE(session->play(MediaSide::A, clip_of(440, 400), false));
  Talker talker(pcma(), 9);
  const auto other = audio::sine(1500, -10, 1000, 8000);
  for (std::size_t i = 0; i < 15; ++i) {
    from_b(talker.say(std::span(other).subspan(i * 160, 160)));
    step();
    hearer.take(a);
  }
  EXPECT_GT(share_at(hearer.last_ms(200), 440, 8000), 0.99);
  EXPECT_EQ(count(domain::MediaEventKind::ClipEnded), 0u);
  steps(15, hearer);
  ASSERT_EQ(count(domain::MediaEventKind::ClipEnded), 1u);
  EXPECT_EQ(events.back().side, MediaSide::A);
  EXPECT_NEAR(static_cast<double>(hearer.samples.size()), 3200, 161);
  for (std::size_t i = 20; i < 40; ++i)
    from_b(talker.say(std::span(other).subspan(i * 160, 160)));
  hearer.take(a, 50ms);
  EXPECT_GT(share_at(hearer.last_ms(200), 1500, 8000), 0.99);
  EXPECT_TRUE(hearer.continuous());
}

TEST_F(ClipTest, ALoopPlaysUntilItIsStopped) {
  begin(audio_terms({g722()}, 101), audio_terms({g722()}, 101));
  Hearer hearer(g722());
  ASSERT_TRUE(session->play(MediaSide::A, clip_of(500, 100), true));
  steps(40, hearer);
  EXPECT_GE(hearer.packets.size(), 35u);
  EXPECT_GT(share_at(hearer.last_ms(300), 500, 16000), 0.9);
  session->stop_clip(MediaSide::A);
  steps(3, hearer);
  hearer.take(a, 50ms);
  const auto before = hearer.packets.size();
  steps(10, hearer);
  EXPECT_EQ(hearer.packets.size(), before);
  EXPECT_EQ(count(domain::MediaEventKind::ClipEnded), 0u);
}

TEST_F(ClipTest, PlaysBeforeTheOtherSideIsKnown) {
  start();
  session = open();
  at_a = session->local(MediaSide::A, 0).rtp;
  at_b = session->local(MediaSide::B, 0).rtp;
  EXPECT_FALSE(session->play(MediaSide::A, clip_of(440, 100), true));
  tell(MediaSide::A, audio_terms({opus()}, 101));
  EXPECT_FALSE(session->play(MediaSide::B, clip_of(440, 100), true));
  ASSERT_TRUE(session->play(MediaSide::A, clip_of(440, 100), true));
  Hearer hearer(opus());
  steps(40, hearer);
  EXPECT_GE(hearer.packets.size(), 35u);
  EXPECT_GT(share_at(hearer.last_ms(300), 440, 48000), 0.9);
}

TEST_F(ClipTest, ANewCodecInMidClipIsTakenUp) {
  begin(audio_terms({pcma()}, 101), audio_terms({pcma()}, 101));
  ASSERT_TRUE(session->play(MediaSide::A, clip_of(440, 100), true));
  Hearer first(pcma()), second(g722());
  steps(10, first);
  tell(MediaSide::A, audio_terms({g722()}, 101));
  tell(MediaSide::B, audio_terms({g722()}, 101));
  steps(30, second);
  EXPECT_GE(second.packets.size(), 25u);
  EXPECT_EQ(second.packets.back().header.payload_type, 9);
  EXPECT_GT(share_at(second.last_ms(300), 440, 16000), 0.9);
}

TEST_F(ClipTest, NothingIsPlayedToWhomNothingIsKnown) {
  start();
  session = open();
  connect(*session, MediaSide::A, remote(a));
  EXPECT_FALSE(session->play(MediaSide::A, clip_of(440, 100), true));
  EXPECT_FALSE(session->send_digit(MediaSide::A, '1', 100ms));
  session->stop_clip(MediaSide::A);
}

TEST_F(ClipTest, AfterItsClipAPlainStreamIsRelayedAsEver) {
  begin(audio_terms({pcma()}, 101), audio_terms({pcma()}, 101));
  ASSERT_TRUE(session->play(MediaSide::A, clip_of(440, 40), false));
  for (int i = 0; i < 10; ++i)
    step();
  while (a.receive(0ms)) {
  }
  clock.advance(6s);
  // One look of the sweep at every session is eight ticks of its own.
  ASSERT_TRUE(eventually([&] {
    clock.advance(50ms);
    const auto packet = rtp_packet(7, 77, 1234, 160, 8);
    b.send(at_b, packet);
    const auto got = a.receive();
    return got && got->data == packet;
  }));
}

struct TapTest : TreatTest {
  struct Tap final : domain::MediaTap {
    using Told = std::pair<MediaSide, std::shared_ptr<const domain::MediaTerms>>;
    struct Packet {
      MediaSide from;
      Bytes data;
      domain::TapOrigin origin;
    };
    void packet(MediaSide from, std::size_t, std::span<const std::byte> datagram,
                const domain::TapOrigin& origin, Monotonic) noexcept override {
      std::lock_guard guard(mutex_);
      packets_.push_back({from, Bytes(datagram.begin(), datagram.end()), origin});
    }
    void terms(MediaSide of, std::size_t,
               const std::shared_ptr<const domain::MediaTerms>& terms) noexcept override {
      std::lock_guard guard(mutex_);
      told_.emplace_back(of, terms);
    }
    std::vector<Packet> packets() const {
      std::lock_guard guard(mutex_);
      return packets_;
    }
    std::vector<Told> told() const {
      std::lock_guard guard(mutex_);
      return told_;
    }

   private:
    mutable std::mutex mutex_;
    std::vector<Packet> packets_;
    std::vector<Told> told_;
  };
};

TEST_F(TapTest, SeesBothSidesAndChangesNothing) {
  begin(audio_terms({pcmu()}, 101), audio_terms({pcmu()}, 101));
  const auto tap = std::make_shared<Tap>();
  session->add_tap(tap);
  const auto forth = rtp_packet(1, 11, 160), back = rtp_packet(2, 22, 320);
  from_a(forth);
  from_b(back);
  EXPECT_EQ(b.receive()->data, forth);
  EXPECT_EQ(a.receive()->data, back);
  const auto report = words({0x80c90001, 11});
  a_rtcp.send(rtcp_of(at_a), report);
  EXPECT_EQ(b_rtcp.receive()->data, report);
  const auto packets = tap->packets();
  ASSERT_EQ(packets.size(), 3u);
  EXPECT_EQ(packets[0].data, forth);
  EXPECT_EQ(packets[0].from, MediaSide::A);
  EXPECT_EQ(packets[0].origin.source, a.address());
  EXPECT_EQ(packets[0].origin.local, at_a);
  EXPECT_EQ(packets[1].from, MediaSide::B);
  EXPECT_TRUE(packets[2].origin.rtcp);
  EXPECT_EQ(packets[2].origin.local, rtcp_of(at_a));
  const auto told = tap->told();
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0].second->formats.front(), pcmu());
  tell(MediaSide::B, audio_terms({pcmu(), pcma()}, 101));
  synchronise();
  EXPECT_EQ(tap->told().size(), 3u);
  session->remove_tap(tap.get());
  from_a(rtp_packet(3, 11, 480));
  ASSERT_TRUE(b.receive());
  EXPECT_EQ(tap->packets().size(), 3u);
}

TEST_F(TapTest, SeesAStreamThatCameLater) {
  begin(audio_terms({pcmu()}, 101), audio_terms({pcmu()}, 101));
  const auto tap = std::make_shared<Tap>();
  session->add_tap(tap);
  ASSERT_TRUE(session->grow(2));
  Peer a2, b2;
  connect(*session, MediaSide::A, remote(a2), 1);
  connect(*session, MediaSide::B, remote(b2), 1);
  a2.send(session->local(MediaSide::A, 1).rtp, rtp_packet(1, 1));
  ASSERT_TRUE(b2.receive());
  EXPECT_EQ(tap->packets().size(), 1u);
}

}  // namespace
}  // namespace warp::media::testing
