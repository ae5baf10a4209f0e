// Fax tones in what passes, and the gateway between a T.38 side and an audio side.
#include <filesystem>

#include "support/fax_page.h"
#include "support/fax_terminal.h"
#include "treat_fixture.h"

namespace warp::media::testing {
namespace {

using namespace std::chrono_literals;

struct FaxTest : TreatTest {
  // A has T.38, B fax tones in PCMA.
  void bridge() {
    auto fax = domain::MediaTerms{};
    fax.fax = domain::FaxMode::Audio;
    auto begun = audio_terms({pcma()}, 0);
    begin(begun, begun);
    auto t38 = remote(a);
    t38.opaque = true;
    t38.terms = shared(fax);
    connect(*session, MediaSide::A, t38);
  }
};

TEST_F(FaxTest, AFaxToneIsToldOnce) {
  auto terms = audio_terms({pcmu()}, 101);
  terms.fax = domain::FaxMode::T38;
  begin(terms, audio_terms({pcmu()}, 101));
  Talker talker(pcmu(), 1);
  const auto tone = audio::sine(1100, -10, 2000, 8000);
  for (std::size_t i = 0; i < 100; ++i) {
    const auto packet = talker.say(std::span(tone).subspan(i * 160, 160));
    from_a(packet);
    EXPECT_EQ(b.receive()->data, packet);
  }
  ASSERT_EQ(count(domain::MediaEventKind::FaxTone), 1u);
  EXPECT_EQ(events[0].side, MediaSide::A);
}

TEST_F(FaxTest, AFaxIsBridgedToAudio) {
  bridge();
  Talker talker(pcma(), 7);
  Hearer hearer(pcma());
  const auto tone = audio::sine(2100, -10, 1000, 8000);
  bool told = false;
  for (std::size_t i = 0; i < 50; ++i) {
    from_b(talker.say(std::span(tone).subspan(i * 160, 160)));
    step();
    hearer.take(b);
    while (const auto got = a.receive(0ms)) {
      told = true;
      EXPECT_LT(got->data.size(), 160u);
    }
  }
  EXPECT_TRUE(told);
  EXPECT_GE(hearer.packets.size(), 45u);
  EXPECT_TRUE(hearer.continuous());
  const auto before = dropped("malformed");
  a.send(at_a, Bytes(3, std::byte{0xff}));
  EXPECT_TRUE(eventually([&] { return dropped("malformed") == before + 1; }));
}

// Who stands for a while, again and again, and then has all of it at once.
enum class Stands : std::uint8_t { Nobody, TheSender, TheRelay };
struct Pace {
  Stands stands = Stands::Nobody;
  bool from_t38 = false;
};

std::string name_of(const Pace& pace) {
  const auto* who = pace.stands == Stands::Nobody      ? "NobodyStands"
                    : pace.stands == Stands::TheSender ? "TheSenderStands"
                                                       : "TheRelayStands";
  return std::string(pace.from_t38 ? "FromT38While" : "FromAudioWhile") + who;
}

struct FaxPaceTest : FaxTest, ::testing::WithParamInterface<Pace> {
  static constexpr int kPeriod = 40, kStands = 15;  // ticks
  FaxPaceTest()
      : folder(std::filesystem::path(::testing::TempDir()) / ("fax_pace" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder);
  }
  ~FaxPaceTest() override { std::filesystem::remove_all(folder); }
  std::filesystem::path folder;
};

// Without error correction each block that is lost or put in costs lines.
TEST_P(FaxPaceTest, APageIsWhole) {
  const auto [stands, from_t38] = GetParam();
  const auto sent = (folder / "sent.tif").string(), got = (folder / "got.tif").string();
  const std::vector pages{support::drawn_fax_page(3, 300)};
  ASSERT_TRUE(support::write_tiff(sent, pages));
  bridge();
  const support::FaxJob sender{.caller = true, .send = sent, .receive = {}, .ecm = false};
  const support::FaxJob receiver{.caller = false, .send = {}, .receive = got, .ecm = false};
  std::vector<Bytes> of_t38, of_line;
  support::T38FaxMachine t38(
      from_t38 ? sender : receiver, 0, true, 400,
      [&](std::span<const std::byte> datagram) { of_t38.emplace_back(datagram.begin(), datagram.end()); });
  support::AudioFaxMachine line(from_t38 ? receiver : sender);
  Talker talker(pcma(), 7);
  Hearer hearer(pcma());
  int stood = 0;
  for (int tick = 0; tick < 50 * 120 && !(t38.outcome().ended && line.outcome().ended); ++tick) {
    const bool now = tick % kPeriod >= kPeriod - kStands;
    const bool sender_stands = now && stands == Stands::TheSender;
    t38.tick();
    of_line.push_back(talker.say(line.say()));
    if (!(sender_stands && from_t38)) {
      for (const auto& datagram : std::exchange(of_t38, {}))
        from_a(datagram);
    }
    if (!(sender_stands && !from_t38)) {
      for (const auto& packet : std::exchange(of_line, {}))
        from_b(packet);
    }
    if (now && stands == Stands::TheRelay) {
      ++stood;
    } else {
      clock.advance(20ms * std::exchange(stood, 0));
      step();
    }
    const auto before = hearer.samples.size();
    hearer.take(b);
    line.hear(std::span(hearer.samples).subspan(before));
    while (const auto datagram = a.receive(0ms))
      ASSERT_TRUE(t38.receive(datagram->data));
  }
  const auto& outcome = from_t38 ? line.outcome() : t38.outcome();
  EXPECT_EQ(outcome.result, T30_ERR_OK) << outcome.text;
  EXPECT_EQ(outcome.bad_rows, 0);
  EXPECT_EQ(support::read_tiff(got), pages);
}

INSTANTIATE_TEST_SUITE_P(Fax, FaxPaceTest,
                         ::testing::Values(Pace{Stands::Nobody, false}, Pace{Stands::TheSender, false},
                                           Pace{Stands::TheRelay, false}, Pace{Stands::Nobody, true},
                                           Pace{Stands::TheSender, true}, Pace{Stands::TheRelay, true}),
                         [](const auto& test) { return name_of(test.param); });

}  // namespace
}  // namespace warp::media::testing
