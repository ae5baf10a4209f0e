// Digits between sides that give and take them differently: every pair of ways, in streams that pass and in
// streams that are recoded. A digit arrives once, in the right way, and as long as it was.
#include <tuple>

#include "warp/rtp/telephone_event.h"

#include "treat/digit_sender.h"
#include "treat_fixture.h"

namespace warp::media::testing {
namespace {

using namespace std::chrono_literals;
using domain::DtmfMode;

domain::MediaTerms terms_of(DtmfMode mode, const domain::MediaFormat& format) {
  auto terms = audio_terms({format}, mode == DtmfMode::Rfc4733 ? 101 : 0);
  terms.dtmf = mode;
  return terms;
}

// What a side made of what it got.
struct Digits {
  std::vector<std::pair<char, std::chrono::milliseconds>> events;
  std::string tones;
};

Digits digits_in(const Hearer& hearer) {
  Digits out;
  rtp::EventReceiver receiver(8000);
  for (const auto& packet : hearer.packets) {
    if (packet.header.payload_type != 101) continue;
    for (const auto& change : receiver.receive(packet.payload, packet.header.timestamp))
      if (!change.begins) out.events.emplace_back(*audio::digit_of(change.event), change.length);
  }
  const auto detector = audio::DigitDetector::make();
  std::vector<audio::Sample> samples = hearer.samples;
  samples.resize(samples.size() + 1600);
  for (const auto& change : detector->hear(samples))
    if (change.begins) out.tones.push_back(change.digit);
  return out;
}

struct DigitsTest : TreatTest, ::testing::WithParamInterface<std::tuple<DtmfMode, DtmfMode, bool>> {
  // 20 ms of the talker's audio.
  void say(std::span<const audio::Sample> samples) {
    from_a(talker.say(samples));
    step();
    hearer->take(b);
  }
  void quiet(int steps) {
    const std::vector<audio::Sample> silence(160);
    for (int i = 0; i < steps; ++i)
      say(silence);
  }
  void give(DtmfMode way) {
    switch (way) {
      case DtmfMode::Rfc4733:
        for (std::uint16_t i = 1; i <= 8; ++i) {
          from_a(talker.event(101, 5, i > 5, static_cast<std::uint16_t>(std::min<int>(i, 5) * 160), i == 1));
          step();
          hearer->take(b);
        }
        talker.skip(1280);
        return;
      case DtmfMode::Info:
        EXPECT_EQ(session->send_digit(MediaSide::B, '5', 100ms), std::get<1>(GetParam()) != DtmfMode::Info);
        return;
      case DtmfMode::Inband: {
        audio::DigitTone tone('5', 8000);
        std::vector<audio::Sample> samples(160);
        for (int i = 0; i < 5; ++i) {
          tone.fill(samples);
          say(samples);
        }
        return;
      }
      case DtmfMode::Auto:
        FAIL();
    }
  }

  Talker talker{pcmu(), 1};
  std::optional<Hearer> hearer;
};

TEST_P(DigitsTest, ArriveOnceAndInTheWayOfWhoGetsThem) {
  const auto [from, to, recoded] = GetParam();
  const auto format = recoded ? pcma() : pcmu();
  begin(terms_of(from, pcmu()), terms_of(to, format));
  hearer.emplace(format);
  quiet(15);
  give(from);
  quiet(30);
  hearer->take(b, 50ms);
  const auto heard = digits_in(*hearer);
  const bool by_events = to == DtmfMode::Rfc4733, by_tones = to == DtmfMode::Inband;
  ASSERT_EQ(heard.events.size(), by_events ? 1u : 0u);
  EXPECT_EQ(heard.tones, by_tones ? "5" : "");
  if (by_events) {
    EXPECT_EQ(heard.events[0].first, '5');
    EXPECT_NEAR(static_cast<double>(heard.events[0].second.count()), 100, 41);
  }
  const bool by_info = to == DtmfMode::Info && from != DtmfMode::Info;
  ASSERT_EQ(count(domain::MediaEventKind::Digit), by_info ? 1u : 0u);
  if (by_info) {
    const auto told = *std::find_if(events.begin(), events.end(), [](const auto& event) {
      return event.kind == domain::MediaEventKind::Digit;
    });
    EXPECT_EQ(told.digit, '5');
    EXPECT_EQ(told.side, MediaSide::A);
    EXPECT_NEAR(static_cast<double>(told.duration.count()), 100, 41);
  }
  // Audio goes on behind it.
  EXPECT_EQ(hearer->packets.back().header.payload_type, format.payload_type);
  EXPECT_GE(hearer->packets.size(), 35u);
}

INSTANTIATE_TEST_SUITE_P(
    EveryPair, DigitsTest,
    ::testing::Combine(::testing::Values(DtmfMode::Rfc4733, DtmfMode::Info, DtmfMode::Inband),
                       ::testing::Values(DtmfMode::Rfc4733, DtmfMode::Info, DtmfMode::Inband),
                       ::testing::Bool()));

struct DigitStreamTest : TreatTest {};

TEST_F(DigitStreamTest, EventsOfAnotherNumberAndClockAreMapped) {
  auto to = audio_terms({pcmu()}, 110);
  to.events_clock = 16000;
  begin(audio_terms({pcmu()}, 101), to);
  Talker talker(pcmu(), 1);
  from_a(talker.event(101, 3, false, 160, true));
  from_a(talker.event(101, 3, true, 800, false));
  const auto first = b.receive(), last = b.receive();
  ASSERT_TRUE(first && last);
  const auto header = rtp::parse_header(last->data);
  EXPECT_EQ(header->payload_type, 110);
  EXPECT_EQ(header->timestamp, 4000u);
  const auto event = rtp::parse_telephone_event(*rtp::payload(last->data, *header));
  EXPECT_EQ(event->duration, 1600);
  EXPECT_TRUE(event->end);
  EXPECT_EQ(rtp::parse_header(first->data)->marker, true);
}

TEST_F(DigitStreamTest, ManyAreSentOneBehindTheOther) {
  begin(audio_terms({pcmu()}, 101), audio_terms({pcmu()}, 101));
  Hearer hearer(pcmu());
  for (const char digit : std::string("123A#"))
    ASSERT_TRUE(session->send_digit(MediaSide::B, digit, 80ms));
  EXPECT_FALSE(session->send_digit(MediaSide::B, 'x', 80ms));
  for (int i = 0; i < 80; ++i) {
    step();
    hearer.take(b);
  }
  hearer.take(b, 50ms);
  std::string digits;
  for (const auto& [digit, length] : digits_in(hearer).events) {
    digits.push_back(digit);
    EXPECT_EQ(length, 80ms);
  }
  EXPECT_EQ(digits, "123A#");
  EXPECT_TRUE(hearer.continuous());
}

TEST_F(DigitStreamTest, AnEventWhoseEndIsLostEndsAllTheSame) {
  auto to = audio_terms({pcmu()}, 0);
  to.dtmf = DtmfMode::Info;
  begin(audio_terms({pcmu()}, 101), to);
  Talker talker(pcmu(), 1);
  from_a(talker.event(101, 9, false, 160, true));
  from_a(talker.event(101, 9, false, 640, false));
  EXPECT_EQ(count(domain::MediaEventKind::Digit), 0u);
  for (int i = 0; i < 60; ++i)
    step();
  ASSERT_EQ(count(domain::MediaEventKind::Digit), 1u);
  EXPECT_EQ(events[0].digit, '9');
  EXPECT_EQ(events[0].duration, 80ms);
}

}  // namespace
}  // namespace warp::media::testing
