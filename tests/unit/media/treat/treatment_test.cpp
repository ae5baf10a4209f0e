// What a treated stream does besides its audio: reports, and leaving plain streams alone.
#include "warp/rtp/rtcp.h"

#include "treat_fixture.h"

namespace warp::media::testing {
namespace {

using namespace std::chrono_literals;

struct TreatmentTest : TreatTest {
  std::optional<rtp::Report> report_at(const Peer& peer) {
    // The last of those that have come.
    auto got = peer.receive();
    if (!got) return std::nullopt;
    while (auto next = peer.receive(0ms))
      got = std::move(next);
    data = got->data;
    auto compound = rtp::RtcpCompound::parse(data);
    if (!compound) return std::nullopt;
    const auto report = rtp::parse_report(*compound->next());
    return report ? std::optional(*report) : std::nullopt;
  }
  Bytes data;
};

TEST_F(TreatmentTest, ReportsOfARecodedStreamAreOurOwn) {
  begin(audio_terms({pcmu()}, 101), audio_terms({pcma()}, 101));
  Talker talker(pcmu(), 0xa1);
  const auto tone = audio::sine(1000, -10, 400, 8000);
  Hearer hearer(pcma());
  // What the peer says of its stream is not for the other, whose stream it is not.
  a_rtcp.send(rtcp_of(at_a), words({0x80c90001, 0xa1}));
  for (std::size_t i = 0; i < 20; ++i) {
    from_a(talker.say(std::span(tone).subspan(i * 160, 160)));
    step();
    hearer.take(b);
  }
  ASSERT_FALSE(hearer.packets.empty());
  clock.advance(6s);
  for (int i = 0; i < 10; ++i) {
    clock.advance(50ms);
    synchronise();
  }
  const auto to_b = report_at(b_rtcp);
  ASSERT_TRUE(to_b && to_b->sender);
  EXPECT_EQ(to_b->ssrc, hearer.packets.front().header.ssrc);
  EXPECT_GE(to_b->sender->packets, 10u);
  const auto to_a = report_at(a_rtcp);
  ASSERT_TRUE(to_a);
  ASSERT_EQ(to_a->block_count, 1);
  EXPECT_EQ(to_a->block(0).ssrc, 0xa1u);
  // A goodbye is passed, as one of the stream that the other side knows.
  a_rtcp.send(rtcp_of(at_a), words({0x80c90001, 0xa1, 0x81cb0001, 0xa1}));
  bool bye = false;
  while (!bye) {
    const auto got = b_rtcp.receive();
    ASSERT_TRUE(got);
    auto compound = rtp::RtcpCompound::parse(got->data);
    ASSERT_TRUE(compound);
    while (const auto packet = compound->next())
      if (packet->type == rtp::RtcpType::Bye)
        bye = rtp::parse_bye(*packet)->source(0) == hearer.packets.front().header.ssrc;
  }
  EXPECT_TRUE(bye);
}

TEST_F(TreatmentTest, StreamsThatAgreeAreNotTreated) {
  begin(audio_terms({pcmu(), pcma()}, 101), audio_terms({pcmu(), pcma()}, 101));
  for (std::uint16_t i = 0; i < 10; ++i) {
    const auto packet = rtp_packet(i, 1, i * 160u, 160, i % 2 == 0 ? 0 : 8);
    from_a(packet);
    EXPECT_EQ(b.receive()->data, packet);
  }
  for (const char* kind : {"pass", "map", "secure", "recode", "fax"})
    EXPECT_EQ(
        registry
            .gauge("warp_media_treated_streams",
                   "Streams that are more than relayed, by the dearest thing done to them.", {{"kind", kind}})
            .value(),
        0)
        << kind;
}

TEST_F(TreatmentTest, ItsKindIsCountedAndTakenBack) {
  begin(audio_terms({pcmu()}, 101), audio_terms({pcma()}, 101));
  const auto recoded = [&] {
    return registry
        .gauge("warp_media_treated_streams",
               "Streams that are more than relayed, by the dearest thing done to them.", {{"kind", "recode"}})
        .value();
  };
  ASSERT_TRUE(eventually([&] { return recoded() == 1; }));
  session.reset();
  ASSERT_TRUE(eventually([&] { return recoded() == 0; }));
}

}  // namespace
}  // namespace warp::media::testing
