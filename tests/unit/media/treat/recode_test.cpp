// Audio between sides that share no codec, or no packet length.
#include <algorithm>

#include "treat_fixture.h"

namespace warp::media::testing {
namespace {

using namespace std::chrono_literals;

struct RecodeTest : TreatTest {
  // A second of a tone each way; what came is measured.
  void exchange(const domain::MediaFormat& of_a, const domain::MediaFormat& of_b) {
    begin(audio_terms({of_a}, 101), audio_terms({of_b}, 101));
    Talker from_a_side(of_a, 1), from_b_side(of_b, 2);
    Hearer at_a_side(of_a), at_b_side(of_b);
    const auto tone_a = audio::sine(1000, -10, 1000, from_a_side.rate());
    const auto tone_b = audio::sine(600, -10, 1000, from_b_side.rate());
    for (std::size_t i = 0; i < 50; ++i) {
      from_a(from_a_side.say(part(tone_a, i, from_a_side.rate())));
      from_b(from_b_side.say(part(tone_b, i, from_b_side.rate())));
      step();
      at_a_side.take(a);
      at_b_side.take(b);
    }
    EXPECT_GE(at_b_side.packets.size(), 40u * 20 / of_b.ptime_ms);
    EXPECT_TRUE(at_b_side.continuous());
    EXPECT_TRUE(at_a_side.continuous());
    EXPECT_GT(share_at(at_b_side.last_ms(400), 1000, at_b_side.rate()), 0.85);
    EXPECT_GT(share_at(at_a_side.last_ms(400), 600, at_a_side.rate()), 0.85);
    for (std::size_t i = 1; i < at_b_side.packets.size(); ++i)
      EXPECT_EQ(at_b_side.packets[i].header.timestamp - at_b_side.packets[i - 1].header.timestamp,
                of_b.clock_rate / 1000 * of_b.ptime_ms);
  }
  static std::span<const audio::Sample> part(const std::vector<audio::Sample>& tone, std::size_t i,
                                             std::uint32_t rate) {
    return std::span(tone).subspan(i * (rate / 50), rate / 50);
  }
};

TEST_F(RecodeTest, PcmuAndG722) {
  exchange(pcmu(), g722());
}

TEST_F(RecodeTest, PcmaAndOpus) {
  exchange(pcma(), opus());
}

TEST_F(RecodeTest, PcmuAndPcma) {
  exchange(pcmu(), pcma());
}

TEST_F(RecodeTest, AmrAndG729) {
  exchange(amr(), format_of(domain::AudioCodec::G729, 18));
}

// G.729 Annex B falls silent with a descriptor of two octets.
// What came while the worker stood is heard before the time is made up for: nothing of it is missing or late.
TEST_F(RecodeTest, AWorkerThatStoodReadsBeforeItSpeaks) {
  begin(audio_terms({pcmu()}, 101), audio_terms({pcma()}, 101));
  Talker talker(pcmu(), 1);
  Hearer hearer(pcma());
  const auto tone = audio::sine(1000, -10, 1000, 8000);
  std::size_t said = 0;
  const auto speak = [&] { return talker.say(part(tone, said++, 8000)); };
  const auto flow = [&](int ticks) {
    for (int i = 0; i < ticks; ++i) {
      from_a(speak());
      step();
    }
  };
  flow(20);
  {
    const auto standing = clock.stand();
    for (int i = 0; i < 8; ++i) {
      a.send(at_a, speak());
      clock.advance(20ms);
    }
  }
  synchronise();
  flow(20);
  hearer.take(b);
  EXPECT_TRUE(hearer.continuous());
  EXPECT_GT(share_at(hearer.last_ms(600), 1000, 8000), 0.99);
}

TEST_F(RecodeTest, WhoTakesComfortNoiseIsToldOfSilence) {
  auto to = audio_terms({pcmu()}, 101);
  to.comfort_noise = 13;
  begin(audio_terms({g729()}, 101), to);
  Talker talker(g729(), 1);
  const auto tone = audio::sine(1000, -10, 1000, 8000);
  std::vector<Bytes> heard;
  const auto hear = [&] {
    while (const auto got = b.receive(0ms))
      heard.push_back(got->data);
  };
  for (std::size_t i = 0; i < 25; ++i) {
    from_a(talker.say(part(tone, i, 8000)));
    step();
    hear();
  }
  auto rest = talker.say(part(tone, 25, 8000));
  rest.resize(12);
  rest.insert(rest.end(), {std::byte{0x1c}, std::byte{0x30}});
  from_a(rest);
  for (std::size_t i = 0; i < 60; ++i) {
    step();
    hear();
  }
  const auto type = [](const Bytes& packet) { return std::to_integer<int>(packet[1] & std::byte{0x7f}); };
  const auto sequence = [](const Bytes& packet) {
    return std::to_integer<int>(packet[2]) << 8 | std::to_integer<int>(packet[3]);
  };
  std::size_t noise = 0;
  for (std::size_t i = 1; i < heard.size(); ++i) {
    EXPECT_EQ((sequence(heard[i]) - sequence(heard[i - 1])) & 0xffff, 1);
    if (type(heard[i]) != 13) continue;
    ++noise;
    EXPECT_EQ(heard[i].size(), 13u);
    EXPECT_LE(std::to_integer<int>(heard[i][12]), 127);
  }
  EXPECT_EQ(type(heard.back()), 13);
  EXPECT_GE(noise, 2u);
  EXPECT_LE(noise, 5u) << "not with every tick";
  // And it speaks again.
  for (std::size_t i = 26; i < 50; ++i) {
    from_a(talker.say(part(tone, i, 8000)));
    step();
    hear();
  }
  EXPECT_EQ(type(heard.back()), 0);
}

TEST_F(RecodeTest, WhoDoesNotTakeComfortNoiseHearsIt) {
  begin(audio_terms({g729()}, 101), audio_terms({pcmu()}, 101));
  Talker talker(g729(), 1);
  Hearer hearer(pcmu());
  const auto tone = audio::sine(1000, -10, 1000, 8000);
  for (std::size_t i = 0; i < 25; ++i) {
    from_a(talker.say(part(tone, i, 8000)));
    step();
    hearer.take(b);
  }
  auto rest = talker.say(part(tone, 25, 8000));
  rest.resize(12);
  rest.insert(rest.end(), {std::byte{0x1c}, std::byte{0x30}});
  from_a(rest);
  const auto before = hearer.packets.size();
  for (std::size_t i = 0; i < 50; ++i) {
    step();
    hearer.take(b);
  }
  EXPECT_GE(hearer.packets.size() - before, 45u);
  EXPECT_TRUE(hearer.continuous());
}

TEST_F(RecodeTest, LongerPacketsOfTheSameCodec) {
  auto to = audio_terms({pcmu()}, 101);
  to.formats[0].ptime_ms = 30;
  to.fixed_ptime = true;
  begin(audio_terms({pcmu()}, 101), to);
  Talker talker(pcmu(), 1);
  Hearer hearer(to.formats[0]);
  const auto tone = audio::sine(1000, -10, 1200, 8000);
  for (std::size_t i = 0; i < 60; ++i) {
    from_a(talker.say(part(tone, i, 8000)));
    step();
    hearer.take(b);
  }
  ASSERT_GE(hearer.packets.size(), 30u);
  for (const auto& packet : hearer.packets)
    EXPECT_EQ(packet.payload.size(), 240u);
  EXPECT_TRUE(hearer.continuous());
  EXPECT_GT(share_at(hearer.last_ms(500), 1000, 8000), 0.99);
}

TEST_F(RecodeTest, ALostPacketIsConcealedAndTheStreamGoesOn) {
  begin(audio_terms({pcmu()}, 101), audio_terms({g722()}, 101));
  Talker talker(pcmu(), 1);
  Hearer hearer(g722());
  const auto tone = audio::sine(1000, -10, 1200, 8000);
  for (std::size_t i = 0; i < 60; ++i) {
    const auto packet = talker.say(part(tone, i, 8000));
    if (i % 10 != 5) from_a(packet);
    step();
    hearer.take(b);
  }
  EXPECT_TRUE(hearer.continuous());
  EXPECT_GE(hearer.packets.size(), 50u);
}

TEST_F(RecodeTest, WhatIsNotAgreedIsNotDecoded) {
  begin(audio_terms({pcmu()}, 101), audio_terms({pcma()}, 101));
  for (std::uint16_t i = 0; i < 20; ++i) {
    from_a(rtp_packet(i, 1, i * 160u, 160, 34));
    step();
  }
  EXPECT_TRUE(b.empty());
}

TEST_F(RecodeTest, ANewCodecInMidCallIsTakenUp) {
  begin(audio_terms({pcmu()}, 101), audio_terms({pcma()}, 101));
  Talker first(pcmu(), 1), second(g722(), 1);
  Hearer hearer(pcma());
  const auto tone = audio::sine(1000, -10, 1000, 8000);
  const auto wide = audio::sine(1000, -10, 1000, 16000);
  for (std::size_t i = 0; i < 20; ++i) {
    from_a(first.say(part(tone, i, 8000)));
    step();
    hearer.take(b);
  }
  const auto before = hearer.packets.size();
  tell(MediaSide::A, audio_terms({g722()}, 101));
  for (std::size_t i = 0; i < 50; ++i) {
    from_a(second.say(part(wide, i, 16000)));
    step();
    hearer.take(b);
  }
  EXPECT_GT(hearer.packets.size(), before + 30);
  EXPECT_TRUE(hearer.continuous());
  EXPECT_GT(share_at(hearer.last_ms(400), 1000, 8000), 0.95);
}

// What stays must not grow with every re-INVITE; the sanitizers watch the rest.
TEST_F(RecodeTest, HoldAndResumeManyTimes) {
  begin(audio_terms({pcmu()}, 101), audio_terms({g722()}, 101));
  auto held = remote(b);
  held.terms = shared(audio_terms({g722()}, 101));
  held.expect_rtp = false;
  const auto resumed = [&] {
    auto again = held;
    again.expect_rtp = true;
    return again;
  }();
  for (int i = 0; i < 10'000; ++i) {
    connect(*session, MediaSide::B, i % 2 == 0 ? held : resumed);
    if (i % 100 == 0) synchronise();
  }
  Talker talker(pcmu(), 1);
  Hearer hearer(g722());
  const auto tone = audio::sine(1000, -10, 1000, 8000);
  for (std::size_t i = 0; i < 30; ++i) {
    from_a(talker.say(part(tone, i, 8000)));
    step();
    hearer.take(b);
  }
  EXPECT_GE(hearer.packets.size(), 20u);
  EXPECT_EQ(engine->ports(false).in_use, 2u);
}

}  // namespace
}  // namespace warp::media::testing
